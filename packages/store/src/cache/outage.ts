// Failures of the store that a cache survives by loading values without it.
import {
  DeadlineExceededError,
  OutcomeUnknownError,
  StoreCorruptError,
  StoreFailedError,
  StoreFullError,
  StoreUnreachableError,
  WrongTypeError,
} from '../errors.js';

const OUTAGES = [
  DeadlineExceededError,
  OutcomeUnknownError,
  StoreCorruptError,
  StoreFailedError,
  StoreFullError,
  StoreUnreachableError,
  // Another program wrote under the key of an entry, a load or a tag.
  WrongTypeError,
];

/** Whether the store failed, and not its caller or the value: the value can be loaded without the store. */
export function isOutage(error: unknown): boolean {
  return OUTAGES.some((outage) => error instanceof outage);
}

/** @returns `undefined` if the store failed. @throws any other error of `work`. */
export async function unlessOutage<Output>(work: Promise<Output>): Promise<Output | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isOutage(error)) return undefined;
    throw error;
  }
}
