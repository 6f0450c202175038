// Calls commit() of the app, and holds it to its contract: the changes are persisted when it returns.

import { StoreFailedError } from '../errors.js';
import { isStoreRejection } from '../rejection.js';
import type { Change, MemoryOptions } from './contract.js';

export type Keep = (changes: readonly Change[]) => void;

/** @returns a function that throws a `StoreError` where the changes were not kept. */
export function keeping(options: MemoryOptions): Keep {
  let isKeeping = false;
  return (changes) => {
    if (!options.commit) return;
    // The outer call has not been applied yet: the inner one would not see it, and would then be overwritten.
    if (isKeeping) {
      throw new StoreFailedError(
        'commit() of the engine wrote to its own store; it only reads there',
      );
    }
    isKeeping = true;
    try {
      refusePromise(options.commit(frozen(changes)));
    } catch (cause) {
      if (isStoreRejection(cause)) throw cause;
      throw new StoreFailedError('The changes could not be kept; nothing was changed', undefined, {
        cause,
      });
    } finally {
      isKeeping = false;
    }
  };
}

/** @throws StoreFailedError */
function refusePromise(given: unknown): void {
  if (typeof (given as PromiseLike<unknown> | undefined)?.then !== 'function') return;
  Promise.resolve(given).catch(() => {});
  throw new StoreFailedError(
    'commit() of the engine gave a promise, and the changes must be kept when it returns; nothing was changed here. ' +
      'Keep them synchronously, as appendFileSync does',
  );
}

/** The store itself uses the changes afterwards. */
function frozen(changes: readonly Change[]): readonly Change[] {
  for (const change of changes) {
    Object.freeze(change.entry);
    Object.freeze(change);
  }
  return Object.freeze(changes);
}
