// Near caches: values that a process keeps beside itself, so that reading them again asks no server.
//
// - A process reads its own writes, by whichever store of the process on that address they were made.
// - No old value is kept once its invalidation has arrived.
// - No value is given that is older than `maxStaleMs` beyond its replacement, counted from when that was acknowledged: not by a
//   process that was stopped, whose event loop was blocked, or that is cut off either.
// - A value that expires is gone on the millisecond.
// - Where changes may have been missed (a broken connection, FLUSHALL, a failover), nothing is kept of what was.
// - Each reader gets a copy of its own.

/** What is kept of a namespace or of a cache. */
export interface NearOptions {
  /** Values that are kept at once. Those that nobody has read for longest go first. Default 10,000. */
  maxEntries?: number | undefined;
  /** How old a value may be beyond its replacement, in milliseconds: 100 or more. Default 2,000. */
  maxStaleMs?: number | undefined;
}

/** As `NearOptions`, with every value. */
export type NearLimits = { readonly [Name in keyof NearOptions]-?: number };

/** What near caches have done since their store was opened. */
export interface NearCounters {
  /** Reads that were answered by what was kept. */
  readonly hits: number;
  /** Reads that asked the server, those of `stale` included. */
  readonly misses: number;
  /** Reads that asked the server although a value was kept, because nobody knew whether it had been replaced. */
  readonly stale: number;
  /** How often changes may have been missed, and everything was dropped. */
  readonly gaps: number;
}

/** What a near cache stands on. Keys are full. */
export interface NearSource {
  /** The entry and how long it has left, in one step; `ttlMs` is `Infinity` where it does not expire. */
  read(key: string): Promise<{ readonly text: string; readonly ttlMs: number } | undefined>;
  /** The entry as the server has it, where nothing is to be kept. */
  readThrough(key: string): Promise<string | undefined>;
  /** As `Engine.watch`, of expiries as the server comes across them. It keeps no process alive. */
  watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void>;
  /** Resolves once all has been told that was changed before the call; with `false` where that cannot be said. */
  confirm(): Promise<boolean>;
}

/** The reads of an engine that may be answered by what is kept. A text that is at hand comes without a promise. */
export interface NearReads {
  get(key: string): Promise<string | undefined> | string | undefined;
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
}
