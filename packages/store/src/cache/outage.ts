// When a cache does without its store.
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
  // Something else wrote under the key of an entry, of a load or of a tag.
  WrongTypeError,
];

/** Whether the store failed, and neither its caller nor the value is to blame: a value can be loaded all the same. */
export function isOutage(error: unknown): boolean {
  return OUTAGES.some((outage) => error instanceof outage);
}

/** `undefined` where the store failed. @throws what else `work` does. */
export async function unlessOutage<Output>(work: Promise<Output>): Promise<Output | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isOutage(error)) return undefined;
    throw error;
  }
}
