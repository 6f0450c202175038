// Every error of the store. Its calls reject with these and with nothing else.

import { InvalidOptionError, MusterError } from '@muster/codec/errors';
import { shown } from '@muster/codec/options';
import { isError, textOfThrown } from '@muster/codec/thrown';

export abstract class StoreError extends MusterError {
  /** The key as the caller gave it, where the error is about one. */
  readonly key: string | undefined;

  constructor(message: string, key?: string, options?: ErrorOptions) {
    super(message, options);
    this.key = key;
  }
}

export { InvalidOptionError };

/** What a call of a store rejects with. */
export type StoreRejection = StoreError | InvalidOptionError;

/** A key for a message: quoted, and shortened if it is long. */
function quoted(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 77)}...` : key);
}

/** A key is not 1 to 1,024 bytes of UTF-8. Nothing was done. */
export class InvalidKeyError extends StoreError {
  readonly code = 'MUSTER_INVALID_KEY';

  constructor(reason: string, key?: string) {
    super(
      key === undefined ? `Invalid key: ${reason}` : `Invalid key ${quoted(key)}: ${reason}`,
      key,
    );
  }
}

/** A value is over `maxValueBytes` once encoded. Nothing was stored. */
export class ValueTooLargeError extends StoreError {
  readonly code = 'MUSTER_VALUE_TOO_LARGE';

  constructor(key: string, bytes: number, limit: number) {
    super(
      `The value for ${quoted(key)} is ${bytes} bytes once encoded, over the ${limit} of maxValueBytes; ` +
        'store less, split it, or raise the limit',
      key,
    );
  }
}

/** The value contains something that cannot be stored; `path` says where, and `cause` is the codec's error. Nothing was stored. */
export class UnsupportedStoreValueError extends StoreError {
  readonly code = 'MUSTER_UNSUPPORTED_VALUE';
  readonly path: string;

  constructor(key: string, path: string, reason: string, options?: ErrorOptions) {
    super(`The value for ${quoted(key)} cannot be stored. ${reason}`, key, options);
    this.path = path;
  }
}

/** The entry under the key is not a value that a store wrote. `cause` is the codec's error. */
export class CorruptStoreValueError extends StoreError {
  readonly code = 'MUSTER_CORRUPT_VALUE';

  constructor(key: string, options?: ErrorOptions) {
    super(
      `The entry under ${quoted(key)} was not written by a Muster store, or was damaged; delete the key or set it anew`,
      key,
      options,
    );
  }
}

/** The call cannot work on the value under this key. Nothing was changed. */
export class WrongTypeError extends StoreError {
  readonly code = 'MUSTER_WRONG_TYPE';

  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(`${quoted(key)} ${reason}`, key, options);
  }
}

/** The store cannot be reached, or its files cannot be opened. The call was not carried out. */
export class StoreUnreachableError extends StoreError {
  readonly code = 'MUSTER_STORE_UNREACHABLE';
}

/** The call did not end within `deadlineMs`. It changed nothing. */
export class DeadlineExceededError extends StoreError {
  readonly code = 'MUSTER_DEADLINE_EXCEEDED';
}

/** A write was sent and not answered: it may have been applied, or may still be. */
export class OutcomeUnknownError extends StoreError {
  readonly code = 'MUSTER_OUTCOME_UNKNOWN';
}

/** The store has no room for the write. Nothing was changed. */
export class StoreFullError extends StoreError {
  readonly code = 'MUSTER_STORE_FULL';
}

/** The data file of the embedded store is damaged, or is not one of Muster's. It was left as it is. */
export class StoreCorruptError extends StoreError {
  readonly code = 'MUSTER_STORE_CORRUPT';
}

/** The file is not a backup of a store, or not a complete one. Nothing was changed. */
export class InvalidBackupError extends StoreError {
  readonly code = 'MUSTER_INVALID_BACKUP';
}

/** A restore of the store has begun and not ended: some of its entries are missing. */
export class StoreRestoreIncompleteError extends StoreError {
  readonly code = 'MUSTER_STORE_RESTORE_INCOMPLETE';
}

/** A worker thread tried to open the embedded engine. The call was not carried out. */
export class StoreInThreadError extends StoreError {
  readonly code = 'MUSTER_STORE_IN_THREAD';

  constructor() {
    super(
      'The embedded store cannot be opened in a worker thread; ' +
        'open it in the main thread and pass values in messages, start a process instead of a thread, or use Redis',
    );
  }
}

/**
 * The engine failed in a way that has no class of its own; `cause` is its error. Nothing was changed, unless the message says that
 * the store cannot read an answer of the server.
 */
export class StoreFailedError extends StoreError {
  readonly code = 'MUSTER_STORE_FAILED';
}

/** The lock did not become free within `waitMs`. Nothing is held. */
export class LockTimeoutError extends StoreError {
  readonly code = 'MUSTER_LOCK_TIMEOUT';

  /** @param name of the lock; it is the `key` of the error. */
  constructor(name: string, waitMs: number) {
    super(
      `${quoted(name)} was held by others during all of waitMs, ${waitMs} ms; try again, wait longer, or do without`,
      name,
    );
  }
}

/** A load of a cache did not finish within `loadTimeoutMs`, and was abandoned. Nothing was cached. */
export class LoadTimeoutError extends StoreError {
  readonly code = 'MUSTER_LOAD_TIMEOUT';

  constructor(key: string, timeoutMs: number) {
    super(
      `The load of ${quoted(key)} did not finish within ${timeoutMs} ms, and was abandoned`,
      key,
    );
  }
}

/** `acquire` of a rate limit would have to wait longer than `waitMs`. Nothing was taken. */
export class LimitTimeoutError extends StoreError {
  readonly code = 'MUSTER_LIMIT_TIMEOUT';
  /** Milliseconds until the same call would get its turn; `Infinity` if it never would. */
  readonly retryAfterMs: number;

  /** @param id of the limit; it is the `key` of the error. */
  constructor(id: string, waitMs: number, retryAfterMs: number) {
    const when =
      retryAfterMs === Number.POSITIVE_INFINITY
        ? 'never: the id is blocked without end, or the cost is above burst'
        : `in ${retryAfterMs} ms, and waitMs is ${waitMs}; come back then, wait longer, or take less`;
    super(`The turn of ${quoted(id)} would come ${when}`, id);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The lock is no longer held. Work that was done under it since then may have been done by others at the same time. */
export class LockLostError extends StoreError {
  readonly code = 'MUSTER_LOCK_LOST';

  /** @param name of the lock; it is the `key` of the error. */
  constructor(name: string, reason: string) {
    super(
      `${quoted(name)} is no longer held: ${reason}; stop the work that needs it, or take the lock again and look at what has changed`,
      name,
    );
  }
}

/** The lock that fences the write is no longer held. Nothing was changed. */
export class FencedError extends StoreError {
  readonly code = 'MUSTER_FENCED';

  constructor(key: string, lock: string) {
    super(
      `${quoted(key)} was not written: its fence ${quoted(lock)} is no longer held; take the lock again, and read the key anew`,
      key,
    );
  }
}

/**
 * A process warning, not a rejection: a function of the app that the store called, and that no call waits for, threw. `cause` is
 * what it threw.
 */
export class StoreListenerFailedError extends StoreError {
  readonly code = 'MUSTER_LISTENER_FAILED';

  /** @param key or name that the function was called for. */
  constructor(what: string, key: string, cause: unknown) {
    super(
      `${what} ${quoted(key)} threw: ${isError(cause) ? textOfThrown(cause) : shown(cause)}`,
      key,
      {
        cause,
      },
    );
  }
}

/** The store was closed before the call, or while it waited for a lock, a limit or a load. It was not carried out. */
export class StoreClosedError extends StoreError {
  readonly code = 'MUSTER_STORE_CLOSED';

  constructor() {
    super('The store is closed; make a new one with createSharedStore()');
  }
}
