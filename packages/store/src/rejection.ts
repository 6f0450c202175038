// Tells the errors that a store rejects with from errors that other code throws.
import { InvalidOptionError, StoreError, type StoreRejection } from './errors.js';

export function isStoreRejection(error: unknown): error is StoreRejection {
  return error instanceof StoreError || error instanceof InvalidOptionError;
}
