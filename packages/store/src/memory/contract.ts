// The contract of `inMemory`: an engine for one process, whose changes the app can persist, for example in a file.
import type { Entry } from '../engine.js';

/** A change of one entry that is about to be made. */
export interface Change {
  readonly key: string;
  /** `undefined`: the entry is removed. */
  readonly entry: Entry | undefined;
}

export interface MemoryOptions {
  /** As in `EngineDriver`. */
  kind: string;
  /**
   * Returns the entries at the start. Called when the first store opens the engine, and again by the next call if that failed. If
   * it throws, or returns something that is not an entry, calls reject with `MUSTER_STORE_FAILED`. Default: no entries.
   */
  load?: () =>
    | Iterable<readonly [key: string, entry: Entry]>
    | Promise<Iterable<readonly [key: string, entry: Entry]>>;
  /**
   * Called with all changes of one call, before anybody sees them, to persist them. If it throws, the call rejects with
   * `MUSTER_STORE_FAILED` and the error as its `cause` (or with the error itself if it is a `StoreError`), and has changed
   * nothing. It must be synchronous, since nothing would wait for a promise: a promise is refused with `MUSTER_STORE_FAILED`. The
   * changes are frozen. It must not write to a store of this engine.
   */
  commit?: (changes: readonly Change[]) => void;
  /** Called after the last store that had the engine open has been closed. */
  close?: () => void | Promise<void>;
}
