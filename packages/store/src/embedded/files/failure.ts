// Turns failures of LMDB into errors of the store.

import {
  StoreCorruptError,
  StoreFailedError,
  StoreFullError,
  type StoreRejection,
} from '../../errors.js';
import { isStoreRejection } from '../../rejection.js';
import { markDamaged } from './prepare-files.js';

/** Messages of LMDB and of the system for "no room". LMDB uses the last one when a write is cut short. */
const NO_ROOM =
  /MDB_MAP_FULL|ENOSPC|No space left|EDQUOT|Disk quota|EFBIG|File too large|EIO|Input\/output error/;
/** Messages of LMDB for a damaged file. */
const DAMAGED = /MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_INVALID|MDB_VERSION_MISMATCH/;

export function isDamage(error: unknown): boolean {
  return DAMAGED.test(String(error));
}

export function isNoRoom(error: unknown): boolean {
  return NO_ROOM.test(String(error));
}

export function toStoreError(error: unknown, path: string): StoreRejection {
  if (isStoreRejection(error)) return error;
  const reason = String(error);
  if (isNoRoom(error)) {
    return new StoreFullError(
      `The embedded store at ${path} has no room left, or its disk fails (${reason}); nothing was changed; make room on the disk, or delete something`,
      undefined,
      { cause: error },
    );
  }
  if (isDamage(error)) {
    markDamaged(path);
    return new StoreCorruptError(
      `The embedded store's file at ${path} is damaged (${reason}); start all processes that use it again`,
      undefined,
      { cause: error },
    );
  }
  return new StoreFailedError(`The embedded store at ${path} failed: ${reason}`, undefined, {
    cause: error,
  });
}

export function noRoomToOpen(path: string, cause?: unknown): StoreFullError {
  return new StoreFullError(
    `The disk has no room for the files of the embedded store at ${path}; nothing was changed; make room there`,
    undefined,
    { cause },
  );
}
