/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of a shared store: what worker code calls, and what it may rely on.
 *
 * Every rule that an engine has to keep is written here, and checked by the conformance suite
 * (`@muster/store/testing`) on each of them:
 *
 * - A read that starts after a write was acknowledged sees it, from any process.
 * - A write that was acknowledged has been applied exactly once.
 * - An expired key is never returned. Expiry is exact to the millisecond (Redis 7.4 and later may drop a key one millisecond early).
 * - The calls of one process take effect in the order in which it made them, awaited or not. (On a Redis Cluster this holds
 *   for calls on keys of one slot.)
 * - Every call settles within `deadlineMs`: done, failed (then nothing was changed), or `MUSTER_OUTCOME_UNKNOWN`.
 * - Keys are 1 to 1,024 bytes of UTF-8. Values are what `@muster/codec` carries, up to `maxValueBytes`.
 * - `undefined` means "no such key", so it cannot be stored as a value. Inside a value it can.
 * - A store that is only open keeps no process alive, nor does a watch or a lock that is held. A call under way does, and so
 *   does whatever waits: for a lock, for its turn at a limit, to lead.
 */

import type { Cache, CacheOptions, UntypedCache } from './cache/contract.js';
import type { StoreRejection } from './errors.js';
import type { RateLimit, RateLimitRule } from './limits/contract.js';
import type {
  LeaderOptions,
  Leadership,
  Lock,
  LockOptions,
  ReadWriteLock,
  Semaphore,
  SemaphoreRule,
} from './locks/contract.js';
import type { NearCounters, NearOptions } from './near/contract.js';
import type { SortedSet } from './sorted-sets/contract.js';
import type { StoreView, UntypedView } from './values/contract.js';

export type * from './cache/contract.js';
export type * from './limits/contract.js';
export type * from './locks/contract.js';
export type { NearCounters, NearOptions } from './near/contract.js';
export type * from './sorted-sets/contract.js';
export type * from './values/contract.js';
export type * from './watch/contract.js';

export interface NamespaceOptions {
  /** Milliseconds until an entry that is written without an expiry of its own expires. Default: never. */
  ttlMs?: number | undefined;
  /**
   * Embedded: when the store is full, entries of this namespace may be dropped, oldest first. Every process that uses the
   * namespace has to set it. Default: false. (Redis evicts by its own `maxmemory-policy`.)
   */
  evictable?: boolean | undefined;
  /**
   * Redis: what `get` and `getMany` of this view have read is kept in the process, and given again until it is replaced; see
   * `NearOptions`. All other calls ask the server. On the other engines, whose reads take microseconds, it does nothing.
   * Default: false.
   */
  near?: boolean | NearOptions | undefined;
}

/**
 * `idle`: no call has been made yet. `ready`: the engine can be reached. `degraded`: it cannot be reached; the store keeps
 * trying, and calls wait for it until their deadline (embedded: while deleted or replaced files are opened anew).
 * `closed`: `close` was called.
 */
export type StoreStatus = 'idle' | 'ready' | 'degraded' | 'closed';

export interface StoreEvents {
  ready: () => void;
  /** `reason` is the error that a call would reject with now, or one close to it. */
  degraded: (reason: StoreRejection) => void;
}

// `string & {}` keeps the known names in the editor's suggestions.
export type EngineKind = 'embedded' | 'redis' | 'memory' | (string & {});

export interface SharedStore extends UntypedView, AsyncDisposable {
  /** The engine that holds the data. For an engine of your own: its `kind`. */
  readonly engine: EngineKind;
  /** The last known state of the engine. */
  readonly status: StoreStatus;
  /** What the near caches of this store have done; zeros where there are none. */
  readonly near: NearCounters;
  /**
   * Calls `listener` whenever the status becomes `ready` or `degraded`, and returns its unsubscribe. It does not contact the
   * engine: `ready()` and all other calls do. A Redis that is back is noticed within a second.
   * If `listener` throws, the error becomes a process warning (`MUSTER_LISTENER_FAILED`).
   */
  on<Event extends keyof StoreEvents>(event: Event, listener: StoreEvents[Event]): () => void;
  /**
   * A view of the keys of one namespace. `name` is 1 to 128 bytes of UTF-8; names that start with `$muster.` are reserved.
   *
   * @example
   * const users = store.namespace<User>('users', { ttlMs: 60_000 });
   * await users.set('ada', { name: 'Ada' });
   */
  namespace(name: string, options?: NamespaceOptions): UntypedView;
  namespace<T>(name: string, options?: NamespaceOptions): StoreView<T>;
  /**
   * A rate limit that all processes share by its name. The rules for names are those of namespaces, and no view sees its
   * entries. Each call applies the rule of this object: after a rule has changed, tokens that an id has taken stay taken, up to
   * the new `burst`, and come back at the new pace. With several rules (8 at most) all have to allow a call; a rule is
   * known by its position in the list.
   *
   * @example
   * const logins = store.rateLimit('logins', { limit: 5, periodMs: 60_000 });
   * const { allowed, retryAfterMs } = await logins.take(ip);
   */
  rateLimit(name: string, rule: RateLimitRule | readonly RateLimitRule[]): RateLimit;
  /** A sorted set that all processes share by its name. The rules for names are those of namespaces; no view sees its entries. */
  sortedSet(name: string): SortedSet;
  /**
   * Waits until this call holds the lock of that name, alone among all processes, and then keeps it until `release()`.
   * Waiting calls get the lock in turn. The rules for names are those of namespaces; locks, semaphores, read-write locks and
   * leaders have names of their own, so `lock('a')` and `leader('a')` are not related.
   *
   * @throws LockTimeoutError `MUSTER_LOCK_TIMEOUT` after `waitMs`; the reason of `signal` if that is aborted first.
   *
   * @example
   * await using lock = await store.lock('report');
   * await writeReport({ signal: lock.signal, token: lock.token });
   */
  lock(name: string, options?: LockOptions): Promise<Lock>;
  /**
   * Runs `fn` while holding the lock, and releases the lock when `fn` has settled. Resolves with what `fn` returned.
   *
   * @throws as `lock`; what `fn` throws; LockLostError `MUSTER_LOCK_LOST` if the lock ended before `fn` did.
   */
  withLock<Result>(
    name: string,
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>;
  /** Like a lock, but up to `permits` calls hold it at once. */
  semaphore(name: string, rule: SemaphoreRule): Semaphore;
  /** Like a lock, but many readers hold it at once, or one writer alone. */
  readWriteLock(name: string): ReadWriteLock;
  /**
   * Takes part in the election of one leader among all processes, and runs `fn` each time this process is elected; see
   * `Leadership`. Returns at once.
   */
  leader(name: string, fn: (lead: Lock) => unknown, options?: LeaderOptions): Leadership;
  /**
   * A cache that all processes share by its name. The rules for names are those of namespaces; no view sees its entries.
   *
   * @example
   * const users = store.cache('users', { ttlMs: 60_000 });
   * const user = await users.get(id, ({ signal }) => findUser(id, { signal }));
   */
  cache(name: string, options?: CacheOptions): UntypedCache;
  cache<T>(name: string, options?: CacheOptions): Cache<T>;
  /**
   * Writes the contents of the store to a file, for `muster store restore`, while other processes go on writing. The embedded
   * store is written as it was at one moment, a store on Redis entry by entry. The backup has the entries of all views and all
   * sorted sets, and no locks, rate limits or caches. The file appears under its name once it is complete, and replaces an
   * older one. Only its owner can read it, since it holds every value unencrypted. `deadlineMs` does not apply.
   *
   * @returns the number of entries in the file: values, and members of sorted sets.
   * @throws StoreRestoreIncompleteError while a restore of the store has begun and not ended.
   */
  backup(path: string): Promise<{ entries: number }>;
  /** Resolves when the engine can be reached, or rejects with the reason within the deadline. */
  ready(): Promise<void>;
  /**
   * Lets calls under way finish and releases the engine. Later calls reject with `MUSTER_STORE_CLOSED`. So do, at once, calls
   * that wait for something other than the engine: for a lock, for their turn at a rate limit, for the load of a cache.
   */
  close(): Promise<void>;
}
