// The contract of engines in memory: one process, and entries that a file, say, may keep.
import type { Entry } from '../engine.js';
import type { DriverOptions, EngineDriver } from '../engine-driver.js';
import { InvalidArgumentError } from '../errors.js';
import { MemoryData } from './data.js';
import { MemoryEngine } from './engine.js';

/** A change that is about to be made. */
export interface Change {
  readonly key: string;
  /** `undefined`: the entry is removed. */
  readonly entry: Entry | undefined;
}

export interface MemoryOptions {
  /** As of `EngineDriver`. */
  kind: string;
  /** What there is at the start. Called when the first store opens the engine. Default: nothing. */
  load?: () =>
    | Iterable<readonly [key: string, entry: Entry]>
    | Promise<Iterable<readonly [key: string, entry: Entry]>>;
  /**
   * Called with all changes of a call, before anybody sees them: whoever keeps them does so now. What it throws is the
   * `cause` of the error of that call (`MUSTER_STORE_FAILED`, or itself where it is a `StoreError`), which then has changed
   * nothing. Synchronous: other calls wait.
   */
  commit?: (changes: readonly Change[]) => void;
  /** Called when the last store that has the engine open was closed. */
  close?: () => void | Promise<void>;
}

/**
 * An engine whose entries are in the memory of this process, for one process (and one thread of it). All stores that are made
 * with this driver share them, from the first that opens it to the last that closes it.
 *
 * @throws InvalidArgumentError
 */
export function inMemory(options: MemoryOptions): EngineDriver {
  const { kind } = options;
  for (const name of ['load', 'commit', 'close'] as const) {
    if (options[name] === undefined || typeof options[name] === 'function') continue;
    throw new InvalidArgumentError(`${name} of an engine in memory is a function`);
  }
  let shared: { readonly loading: Promise<MemoryData>; users: number } | undefined;
  let closing: Promise<void> | undefined;
  const start = async (): Promise<MemoryData> => {
    await closing;
    return new MemoryData((await options.load?.()) ?? [], options.commit);
  };
  const open = async (_: DriverOptions): Promise<MemoryEngine> => {
    shared ??= { loading: start(), users: 0 };
    const mine = shared;
    mine.users++;
    const leave = async (): Promise<void> => {
      if (--mine.users > 0) return;
      if (shared === mine) shared = undefined;
      const data = await mine.loading.catch(() => undefined);
      data?.close();
      closing = (async () => data && options.close?.())();
      await closing;
    };
    try {
      return new MemoryEngine(kind, await mine.loading, leave);
    } catch (error) {
      await leave();
      throw error;
    }
  };
  return { kind, open };
}
