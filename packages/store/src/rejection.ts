// What a call of a store rejects with, told from what anybody else threw.
import { InvalidOptionError, StoreError, type StoreRejection } from './errors.js';

export function isStoreRejection(error: unknown): error is StoreRejection {
  return error instanceof StoreError || error instanceof InvalidOptionError;
}
