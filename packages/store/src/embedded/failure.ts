// What an LMDB failure means to a caller.
import { StoreError, StoreFailedError, StoreFullError } from '../errors.js';

/** LMDB's and the system's words for "no room". */
const NO_ROOM = /MDB_MAP_FULL|ENOSPC|No space left|EDQUOT|Disk quota/;

export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const reason = String(error);
  if (NO_ROOM.test(reason)) {
    return new StoreFullError(
      `The embedded store at ${path} has no room left (${reason}); delete something, or make room on the disk`,
      undefined,
      { cause: error },
    );
  }
  return new StoreFailedError(`The embedded store at ${path} failed: ${reason}`, undefined, {
    cause: error,
  });
}
