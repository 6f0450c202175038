// Near caches: values that a process keeps in its memory, so that it can read them again without asking a server.
//
// - A process reads its own writes, whichever of its stores on that address made them.
// - No old value is kept once its invalidation has arrived.
// - No read returns a value later than `maxStaleMs` after its replacement was acknowledged, even if the process was stopped, its
//   event loop was blocked, or it is cut off from the server.
// - A value that expires is gone on the millisecond.
// - When changes may have been missed (a broken connection, FLUSHALL, a failover), all values are dropped.
// - Each reader gets a copy of its own.
// - A store has at most 100 near caches. The one that was not read for longest makes room for another.

/** Options for the near cache of a namespace or of a cache. */
export interface NearOptions {
  /** The most values that are kept at once. Values that nobody has read recently are evicted first. Default 10,000. */
  maxEntries?: number | undefined;
  /** How long a value may still be returned after its replacement, in milliseconds: 100 or more. Default 2,000. */
  maxStaleMs?: number | undefined;
}

/** As `NearOptions`, with every value. */
export type NearLimits = { readonly [Name in keyof NearOptions]-?: number };

/** The counts of near caches. All but `entries` only grow, from when their store was opened. */
export interface NearCounters {
  /** Reads that were answered from the near cache. */
  readonly hits: number;
  /** Reads that asked the server, including those of `stale`. */
  readonly misses: number;
  /** Reads that asked the server although a value was kept, because it was unknown whether it had been replaced. */
  readonly stale: number;
  /** How often changes may have been missed, and all values were dropped. */
  readonly gaps: number;
  /** Values that are kept now. */
  readonly entries: number;
}

/** The source of a near cache. Keys are full keys. */
export interface NearSource {
  /** The entry and its time to live, read in one step; `ttlMs` is `Infinity` if the entry does not expire. */
  read(key: string): Promise<{ readonly text: string; readonly ttlMs: number } | undefined>;
  /** Reads the entry from the server when the result will not be kept. */
  readThrough(key: string): Promise<string | undefined>;
  /** As `Engine.watch`, but an expiry is reported when the server comes across it. Does not keep the process alive. */
  watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void>;
  /** Resolves with `true` once all changes before the call have been reported, with `false` if that is not known. */
  confirm(): Promise<boolean>;
}

/** Reads of an engine that may be answered from a near cache. A cached text is returned without a promise. */
export interface NearReads {
  /** `true`: nothing is kept any more. The engine has other reads for the same arguments. */
  readonly isClosed?: boolean;
  get(key: string): Promise<string | undefined> | string | undefined;
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
}
