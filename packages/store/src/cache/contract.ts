// Caches: the contract.
//
// - Of one key there is one load at a time, across all processes; whoever asks meanwhile gets what it loaded.
// - Where the loading process dies, one of those who wait loads; in a cluster at once, elsewhere when the lease of the load ends.
// - A process that stands still for longer than that lease, five seconds, loses its load, which is told by its `signal`. One
//   that goes on all the same runs beside the next one of the key, in another process or in its own.
// - What was deleted or invalidated while it was being loaded is given to those who asked before, and is not kept.
// - A cache fails open: where the store is full, away or takes no writes, the value is loaded and given, by each process for
//   itself, and not kept. As long as the store is known to be away (`degraded`), nobody waits for it. What takes something
//   away (`delete`, `invalidateTag`, `clear`) rejects then.
// - Where the store is full, entries of caches go first (embedded; on Redis as its `maxmemory-policy` says).

export interface CacheOptions {
  /** How long a value is fresh, in milliseconds. Default: for ever. */
  ttlMs?: number | undefined;
  /**
   * How long after that it is still given at once, while one process loads it anew in the background. A load in the
   * background is given up when this is over. Default 0.
   */
  staleMs?: number | undefined;
  /** How long after `ttlMs` it is given where a load fails. Default 0. */
  graceMs?: number | undefined;
  /** How long it is kept that a load found nothing: `undefined` or `null`. Default: not at all. */
  negativeTtlMs?: number | undefined;
  /**
   * How long a load may take, in milliseconds. Then it is given up: its `signal` is aborted, it rejects with
   * `MUSTER_LOAD_TIMEOUT` for those who wait for it, and the key is free for the next load. Default: as long as it takes.
   */
  loadTimeoutMs?: number | undefined;
}

export interface CacheGetOptions {
  /** Ends this wait, with its reason. The load goes on for the others, and is given up where there are none. */
  signal?: AbortSignal | undefined;
  /**
   * Of the value: `invalidateTag` of any of them makes it be loaded anew, and so does a tag that the value was not loaded
   * with. At most 32.
   */
  tags?: readonly string[] | undefined;
  /** Instead of that of the cache. */
  ttlMs?: number | undefined;
}

export interface CacheSetOptions {
  /** As of `get`. */
  tags?: readonly string[] | undefined;
  /** Instead of that of the cache. */
  ttlMs?: number | undefined;
}

export interface LoadContext {
  readonly key: string;
  /**
   * Aborted when nobody waits for the load any more, `loadTimeoutMs` is over, the store is closed, or another process has taken the load
   * over. Once the load has settled, it says nothing any more.
   */
  readonly signal: AbortSignal;
}

/** Values are what the codec carries, but for `undefined`, which is "nothing found". Keys are as everywhere. */
export interface Cache<T = unknown> {
  /**
   * The value of the key: the one that is kept, or else what `load` gives. A `load` must not get its own key: it would
   * wait for itself.
   *
   * @throws what `load` throws, or LoadTimeoutError, where there is nothing to serve instead; the reason of `signal`;
   *   StoreError for what is the fault of the call or its value, and where the store is closed, also while `load` runs
   */
  get(
    key: string,
    load: (context: LoadContext) => T | Promise<T>,
    options?: CacheGetOptions,
  ): Promise<T>;
  /** A load that may find nothing. */
  get<Empty extends null | undefined>(
    key: string,
    load: (context: LoadContext) => T | Empty | Promise<T | Empty>,
    options?: CacheGetOptions,
  ): Promise<T | Empty>;
  /**
   * The value of the key where `get` would give it without a load: fresh, or within `staleMs`. It loads nothing, also not in
   * the background. `undefined` where there is none, or the store is away.
   */
  peek(key: string): Promise<T | undefined>;
  /**
   * Keeps a value as if it had been loaded just now. Whatever is being loaded under the key is given to those who asked before,
   * and not kept. `null` is "nothing found" as in a load: without `negativeTtlMs` it drops what is kept.
   *
   * @throws StoreError where it could not be kept
   */
  set(key: string, value: T, options?: CacheSetOptions): Promise<void>;
  /** Drops the value, and whatever is being loaded under the key will not be kept. Says whether there was a value. */
  delete(key: string): Promise<boolean>;
  /** Makes everything be loaded anew that was loaded with this tag; it costs the same for one value and for a million. */
  invalidateTag(tag: string): Promise<void>;
  /** Drops every value of the cache. */
  clear(): Promise<void>;
}

/** A cache that was given no type: a value has that of its load. */
export interface UntypedCache extends Cache {
  peek<T = unknown>(key: string): Promise<T | undefined>;
  get<T>(
    key: string,
    load: (context: LoadContext) => T | Promise<T>,
    options?: CacheGetOptions,
  ): Promise<T>;
}
