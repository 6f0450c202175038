/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of a shared store: what worker code calls, and what it may rely on.
 *
 * Every rule that an engine has to keep is written here, and checked by the conformance suite
 * (`@muster/store/testing`) on each of them:
 *
 * - A read that starts after a write was acknowledged sees it, from any process.
 * - A write that was acknowledged has been applied exactly once.
 * - An expired key is never returned. Expiry is exact to the millisecond (from Redis 7.4 on, a key may be gone one early).
 * - The calls of one process take effect in the order in which it made them, awaited or not. (On a Redis Cluster: those
 *   on keys of one slot.)
 * - Every call settles within `deadlineMs`: done, failed (then nothing was changed), or `MUSTER_OUTCOME_UNKNOWN`.
 * - Keys are 1 to 1,024 bytes of UTF-8. Values are what `@muster/codec` carries, up to `maxValueBytes`.
 * - `undefined` is "no such key", so it cannot be stored at the top level of a value.
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
import type { SortedSet } from './sorted-sets/contract.js';
import type { StoreView, UntypedView } from './values/contract.js';

export type * from './cache/contract.js';
export type * from './limits/contract.js';
export type * from './locks/contract.js';
export type * from './sorted-sets/contract.js';
export type * from './values/contract.js';
export type * from './watch/contract.js';

export interface NamespaceOptions {
  /** Milliseconds; the expiry of what is written without one of its own. Default: never. */
  ttlMs?: number | undefined;
  /**
   * Embedded: what is written here may be dropped, oldest first, where the store is full. Every process that uses the
   * namespace has to say so. Default: false. (Redis evicts by its own `maxmemory-policy`.)
   */
  evictable?: boolean | undefined;
}

/**
 * `idle`: nothing was asked of it yet. `ready`: it can be reached. `degraded`: it cannot; it goes on trying, and
 * calls wait for that until their deadline (embedded: while files that were deleted or replaced are opened anew). `closed`: `close` was called.
 */
export type StoreStatus = 'idle' | 'ready' | 'degraded' | 'closed';

export interface StoreEvents {
  ready: () => void;
  /** `reason` is what a call that fails now would reject with, or near to it. */
  degraded: (reason: StoreRejection) => void;
}

// The known ones are offered where it is written.
export type EngineKind = 'embedded' | 'redis' | 'memory' | (string & {});

export interface SharedStore extends UntypedView, AsyncDisposable {
  /** Which engine holds the data; of an engine of your own its `kind`. */
  readonly engine: EngineKind;
  /** What the store knows of its engine now. */
  readonly status: StoreStatus;
  /**
   * Calls `listener` whenever the status becomes `ready` or `degraded`, and returns its unsubscribe. It asks nothing of
   * the engine by itself: that is for `ready()`, or any call. A Redis that is back is noticed within a second.
   * What `listener` throws is told as a process warning (`MUSTER_LISTENER_FAILED`).
   */
  on<Event extends keyof StoreEvents>(event: Event, listener: StoreEvents[Event]): () => void;
  /** A typed view. `name`: 1 to 128 bytes of UTF-8; what starts with `$muster.` is taken. */
  namespace(name: string, options?: NamespaceOptions): UntypedView;
  namespace<T>(name: string, options?: NamespaceOptions): StoreView<T>;
  /**
   * A rate limit, the same one for all who give the same name, which is as a namespace's. No view sees it. The rule is
   * that of each call: where it has changed, what an id has taken stays taken, up to the new `burst`, and comes back at
   * the new pace. Of several rules (8 at most) all have to allow a call; which is which, their places in the list say.
   */
  rateLimit(name: string, rule: RateLimitRule | readonly RateLimitRule[]): RateLimit;
  /** A sorted set, the same one for all who give the same name, which is as a namespace's. No view sees it. */
  sortedSet(name: string): SortedSet;
  /**
   * Waits until this call holds the lock of that name, alone among all processes, and then keeps it until `release()`.
   * Those who wait get it in turn. A name is as a namespace's, and locks, semaphores, read-write locks and
   * leaders do not share names.
   *
   * @throws LockTimeoutError `MUSTER_LOCK_TIMEOUT` where `waitMs` was over; the reason of `signal` where that was aborted.
   */
  lock(name: string, options?: LockOptions): Promise<Lock>;
  /**
   * Runs `fn` while holding the lock, and releases it, whichever way `fn` ends. Resolves with what `fn` returned.
   *
   * @throws as `lock`; what `fn` throws; LockLostError `MUSTER_LOCK_LOST` where the lock ended before `fn` did.
   */
  withLock<Result>(
    name: string,
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>;
  /** As a lock that as many as `permits` hold at once. */
  semaphore(name: string, rule: SemaphoreRule): Semaphore;
  /** As a lock that many readers hold at once, or one writer. */
  readWriteLock(name: string): ReadWriteLock;
  /**
   * Takes part in the election of one leader among all processes, and runs `fn` whenever and as long as this one is elected;
   * see `Leadership`. Returns at once.
   */
  leader(name: string, fn: (lead: Lock) => unknown, options?: LeaderOptions): Leadership;
  /** A cache, the same one for all who give the same name, which is as a namespace's. No view sees it. */
  cache(name: string, options?: CacheOptions): UntypedCache;
  cache<T>(name: string, options?: CacheOptions): Cache<T>;
  /**
   * Writes all that the store holds into a file, for `muster store restore`, while others go on writing: the embedded store
   * as it was at one moment, one on Redis entry by entry. It has what is in views and in sorted sets, and no locks, rate limits
   * and caches. The file is there once it is whole, and replaces one of that name. Only its owner can read it, as it
   * has every value in the clear. It is not bounded by `deadlineMs`.
   *
   * @returns how many entries it has: values, and members of sorted sets.
   * @throws StoreRestoreIncompleteError where a restore of the store has begun and not ended.
   */
  backup(path: string): Promise<{ entries: number }>;
  /** Settles when the engine can be reached, or rejects with the reason within the deadline. */
  ready(): Promise<void>;
  /**
   * Lets calls under way finish and gives the engine back. Later calls reject with `MUSTER_STORE_CLOSED`, and at once whatever
   * waits for something else than the engine: for a lock, for its turn at a limit, for the load of a cache.
   */
  close(): Promise<void>;
}
