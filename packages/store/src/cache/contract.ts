// Caches: the contract.
//
// - A key has one load at a time, across all processes. Calls that ask meanwhile get the value that it loads.
// - If the loading process dies, one of the waiting processes loads: in a cluster at once, elsewhere when the lease of the load ends.
// - A process that stands still for longer than that lease, five seconds, loses its load, and the `signal` of the load is aborted.
//   A load that ignores its signal may then run beside the next load of the key, in another process or in its own.
// - A value that is deleted or invalidated while it is loaded goes to the calls that asked before, and is not cached.
// - A cache fails open: if the store is full, unreachable or takes no writes, each process loads the value for itself, and it is not
//   cached. While the store is known to be unreachable (`degraded`), no call waits for it. Calls that remove something (`delete`,
//   `invalidateTag`, `clear`) reject then.
// - When the store is full, entries of caches are dropped first (embedded; on Redis as its `maxmemory-policy` says).

import type { NearOptions } from '../near/contract.js';

export interface CacheOptions {
  /** How long a value is fresh, in milliseconds. Default: forever. */
  ttlMs?: number | undefined;
  /**
   * How long after `ttlMs` a value is still returned at once while one process loads it anew in the background, in milliseconds. A
   * background load is abandoned when this time is over. Default 0.
   */
  staleMs?: number | undefined;
  /** How long after `ttlMs` a value is returned if a load fails, in milliseconds. Default 0. */
  graceMs?: number | undefined;
  /** How long to remember that a load found nothing (`undefined` or `null`), in milliseconds. Default: not at all. */
  negativeTtlMs?: number | undefined;
  /**
   * How long a load may take, in milliseconds. Then it is abandoned: its `signal` is aborted, the calls that wait for it reject
   * with `MUSTER_LOAD_TIMEOUT`, and the key is free for the next load. Default: no limit.
   */
  loadTimeoutMs?: number | undefined;
  /** Redis: entries, and versions of tags, are kept in the process as well; see `NearOptions`. Default: false. */
  near?: boolean | NearOptions | undefined;
}

export interface CacheGetOptions {
  /** Ends this wait: the call rejects with its reason. The load goes on for other calls, and is abandoned if there are none. */
  signal?: AbortSignal | undefined;
  /**
   * Tags of the value, at most 32. `invalidateTag` of any of them makes the next call load the value anew, and so does a tag here
   * with which the cached value was not loaded.
   */
  tags?: readonly string[] | undefined;
  /** Instead of that of the cache. */
  ttlMs?: number | undefined;
}

export interface CacheSetOptions {
  /** As for `get`. */
  tags?: readonly string[] | undefined;
  /** Instead of that of the cache. */
  ttlMs?: number | undefined;
}

export interface LoadContext {
  readonly key: string;
  /**
   * Aborted when no call waits for the load any more, `loadTimeoutMs` is over, the store is closed, or another process has taken
   * over the load. It is never aborted after the load has settled.
   */
  readonly signal: AbortSignal;
}

/** Values are what the codec carries; `undefined` means "nothing found". The rules for keys are those of the store. */
export interface Cache<T = unknown> {
  /**
   * The value of the key: the cached one, or else the one that `load` returns. A `load` must not get its own key: it would wait
   * for itself.
   *
   * @throws what `load` throws, or LoadTimeoutError, if there is no older value to return; the reason of `signal`; StoreError or
   *   InvalidOptionError if the call or its value is at fault, and StoreClosedError, also while `load` runs.
   *
   * @example
   * const user = await users.get(id, ({ signal }) => findUser(id, { signal }), { tags: ['team-1'] });
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
   * The value of the key if `get` would return it without waiting for a load: fresh, or within `staleMs`. It starts no load, not
   * even in the background. `undefined` if there is none, or the store cannot be reached.
   */
  peek(key: string): Promise<T | undefined>;
  /**
   * Caches a value as if it had just been loaded. A load of the key that is under way serves the calls that asked before, and its
   * value is not cached. `null` means "nothing found", as for a load: without `negativeTtlMs` it removes the cached value.
   *
   * @throws StoreError if it could not be cached.
   */
  set(key: string, value: T, options?: CacheSetOptions): Promise<void>;
  /** Removes the value; a load of the key that is under way will not be cached. Resolves with whether there was a value. */
  delete(key: string): Promise<boolean>;
  /** Invalidates every value that was loaded with this tag. The cost is the same for one value and for a million. */
  invalidateTag(tag: string): Promise<void>;
  /** Removes every value of the cache. */
  clear(): Promise<void>;
}

/** A cache that was made without a type: the type of a value is that of its load. */
export interface UntypedCache extends Cache {
  peek<T = unknown>(key: string): Promise<T | undefined>;
  get<T>(
    key: string,
    load: (context: LoadContext) => T | Promise<T>,
    options?: CacheGetOptions,
  ): Promise<T>;
}
