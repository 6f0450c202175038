// The contract of engines in memory: one process, and entries that a file, say, may keep.
import type { Entry } from '../engine.js';

/** A change that is about to be made. */
export interface Change {
  readonly key: string;
  /** `undefined`: the entry is removed. */
  readonly entry: Entry | undefined;
}

export interface MemoryOptions {
  /** As of `EngineDriver`. */
  kind: string;
  /**
   * What there is at the start. Called when the first store opens the engine, and again by the next call where that failed: what it
   * throws, and what is no entry, is `MUSTER_STORE_FAILED`. Default: nothing.
   */
  load?: () =>
    | Iterable<readonly [key: string, entry: Entry]>
    | Promise<Iterable<readonly [key: string, entry: Entry]>>;
  /**
   * Called with all changes of a call, before anybody sees them: whoever keeps them does so now. What it throws is the
   * `cause` of the error of that call (`MUSTER_STORE_FAILED`, or itself where it is a `StoreError`), which then has changed
   * nothing. Synchronous: other calls wait, and a promise is refused with `MUSTER_STORE_FAILED`, as nothing would wait for it.
   * The changes are frozen. It must not write to a store of this engine.
   */
  commit?: (changes: readonly Change[]) => void;
  /** Called when the last store that has the engine open was closed. */
  close?: () => void | Promise<void>;
}
