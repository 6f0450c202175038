// What keeps the changes of an engine in memory, held to what it promises: they are kept when it returns.

import { StoreFailedError } from '../errors.js';
import { isStoreRejection } from '../rejection.js';
import type { Change, MemoryOptions } from './contract.js';

export type Keep = (changes: readonly Change[]) => void;

/** @returns a function that throws a `StoreError` where the changes were not kept. */
export function keeping(options: MemoryOptions): Keep {
  let isKeeping = false;
  return (changes) => {
    if (!options.commit) return;
    // The call that is being kept has not been applied: the other one would be made without it, and then be overwritten.
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

/** They are what the store goes on with. */
function frozen(changes: readonly Change[]): readonly Change[] {
  for (const change of changes) {
    Object.freeze(change.entry);
    Object.freeze(change);
  }
  return Object.freeze(changes);
}
