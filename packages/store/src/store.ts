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
 */

import type { Cache, CacheOptions, UntypedCache } from './contract/cache.js';
import type { RateLimit, RateLimitRule } from './contract/limits.js';
import type {
  LeaderOptions,
  Leadership,
  Lock,
  LockOptions,
  ReadWriteLock,
  Semaphore,
  SemaphoreRule,
} from './contract/locks.js';
import type { SortedSet } from './contract/sorted-sets.js';
import type { ChangeListener, WatchOptions, WatchTarget } from './contract/watch.js';
import type { StoreError } from './errors.js';

export type * from './contract/cache.js';
export type * from './contract/limits.js';
export type * from './contract/locks.js';
export type * from './contract/sorted-sets.js';
export type * from './contract/watch.js';

/**
 * When a key ends. At most one of the two; without either, the namespace's `ttlMs`, else never. Fractions of a
 * millisecond count as a whole one, and what ends after the year 275760 never ends.
 */
export interface Expiry {
  /**
   * Milliseconds from now, above 0. `Infinity`: never, whatever the namespace says. Embedded: setting the time does not move
   * that end.
   */
  ttlMs?: number | undefined;
  /** Milliseconds since the epoch. The key is gone as soon as the clock shows it; a time that has passed removes it. */
  expiresAt?: number | undefined;
}

export interface SetOptions extends Expiry {
  /** Write only where the key does not exist. */
  ifAbsent?: boolean | undefined;
  /** Write only where the key exists. */
  ifPresent?: boolean | undefined;
  /**
   * Write only while this lock (or permit) is held: whether it is, is checked in the same step that writes. Rejects with
   * `MUSTER_FENCED` where it has ended, and then nothing is changed. On a Redis Cluster the key and the lock's name must
   * have the same hash tag, as `order:{42}` and `orders-{42}` have.
   */
  fence?: Lock | undefined;
}

export interface IncrementOptions {
  /** Milliseconds until a counter that this call creates ends. An existing counter keeps its expiry. */
  ttlMs?: number | undefined;
  /** A safe integer: where the sum would be below it, nothing is changed. Default: none. */
  min?: number | undefined;
  /** A safe integer: where the sum would be above it, nothing is changed. Default: none. */
  max?: number | undefined;
  /** `true`: the answer is `{ value, ttlMs }`. Default: false. */
  withTtl?: false | undefined;
}

/** Options with which an increment cannot be refused. */
export interface UnboundedIncrementOptions extends IncrementOptions {
  min?: undefined;
  max?: undefined;
}

/** What an increment gives that was asked for the time that is left, too. */
export interface Counter {
  readonly value: number;
  /** Milliseconds left, counted in the same step; `Infinity` for a counter that does not expire. */
  readonly ttlMs: number;
}

/** A value, and the milliseconds that its key has left: `Infinity` where it does not expire. */
export interface ValueWithTtl<T = unknown> {
  readonly value: T;
  readonly ttlMs: number;
}

export interface IterateOptions {
  /** Only keys that start with this. Default: every key of the view. */
  prefix?: string | undefined;
}

/**
 * A typed view of one namespace. Namespaces do not see each other's keys; the store itself is the root view.
 *
 * Every method rejects with a `StoreError` (docs/errors.md) and with nothing else, but for what the function of
 * `update` or `transaction` throws. None throws synchronously.
 */
export interface StoreView<T = unknown> {
  /** The value, or `undefined` where there is none. */
  get(key: string): Promise<T | undefined>;
  /** The values in the order of the keys, `undefined` where there is none. One text is no list: it is refused. */
  getMany(keys: Iterable<string>): Promise<(T | undefined)[]>;
  /** The value and the milliseconds that it has left, from one moment; `undefined` where there is none. */
  getWithTtl(key: string): Promise<ValueWithTtl<T> | undefined>;
  /** Writes, and says whether it did: `false` only where `ifAbsent` or `ifPresent` forbade it. */
  set(key: string, value: T, options?: SetOptions): Promise<boolean>;
  /**
   * Writes all of them, or none where one cannot be stored: as one transaction on the embedded engine, as one per
   * hash slot on Redis. Of two under one key the last one counts. An entry may bring an expiry of its own, which counts
   * instead of that of `options`.
   */
  setMany(
    entries: Iterable<readonly [key: string, value: T, expiry?: Expiry | undefined]>,
    options?: Expiry,
  ): Promise<void>;
  has(key: string): Promise<boolean>;
  /** For each of the keys, in their order, whether it is there; from one moment as `getMany`. */
  hasMany(keys: Iterable<string>): Promise<boolean[]>;
  /** Says whether there was something to delete. */
  delete(key: string): Promise<boolean>;
  /** Says how many there were to delete, as one transaction like `setMany`. */
  deleteMany(keys: Iterable<string>): Promise<number>;
  /**
   * Moves the expiry and leaves the value alone. Says whether the key was there. Where neither `expiry` nor the namespace
   * says when it ends, it is refused; `{ ttlMs: Infinity }` takes the expiry away.
   */
  touch(key: string, expiry: Expiry): Promise<boolean>;
  /** Milliseconds left; `Infinity` for a key that does not expire, `undefined` for one that is not there. */
  ttlMs(key: string): Promise<number | undefined>;
  /**
   * Adds `by` (default 1, a safe integer) and returns the new number. A missing key counts from 0.
   * Rejects with `MUSTER_WRONG_TYPE` where the value is not a safe integer or would not stay one.
   */
  increment(key: string, by?: number, options?: UnboundedIncrementOptions): Promise<number>;
  /**
   * With `min` or `max` it may be refused: `undefined` says that the sum would have been out of bounds, and that
   * nothing was changed. A number that comes back is within the bounds, whichever way it moved; a key that is missing
   * and would have been counted out of bounds stays missing.
   */
  increment(
    key: string,
    by: number | undefined,
    options: IncrementOptions,
  ): Promise<number | undefined>;
  /** With `withTtl: true` the answer is the new number and the time that the counter has left, from one moment. */
  increment(
    key: string,
    by: number | undefined,
    options: Omit<UnboundedIncrementOptions, 'withTtl'> & { withTtl: true },
  ): Promise<Counter>;
  increment(
    key: string,
    by: number | undefined,
    options: Omit<IncrementOptions, 'withTtl'> & { withTtl: true },
  ): Promise<Counter | undefined>;
  /**
   * Replaces the value by `next(current)` without losing anyone else's change, and returns what was stored.
   * `next` may run several times, so it must not have effects of its own. `undefined` deletes the key. The updates of one
   * process go one after the other for each key: one that is made in `next`, of the same key, would wait for itself, and two
   * that update each other's keys in `next` for each other.
   * Without an expiry in `options` the key keeps the one it has; a key that this call creates gets the namespace's.
   * All of it is bounded by `deadlineMs`, `next` included: `MUSTER_DEADLINE_EXCEEDED` says that nothing was changed.
   */
  update(
    key: string,
    next: (current: T | undefined) => T | undefined | Promise<T | undefined>,
    options?: Expiry,
  ): Promise<T | undefined>;
  /**
   * `update` of several keys, together or not at all: `next` gets their values in the order of the keys, from one moment, and
   * gives the new ones in that order, `undefined` for a key that is to be deleted. `undefined` in the place of the list
   * leaves all as it is. Returns what was stored, as `next` gave it. All that is said of `update` holds.
   *
   * On a Redis Cluster all keys must have one hash tag, as `account:{ada}` and `log:{ada}` have: else it is refused with
   * `MUSTER_INVALID_ARGUMENT`, before anything is changed.
   */
  transaction(
    keys: Iterable<string>,
    next: (
      current: (T | undefined)[],
    ) => readonly (T | undefined)[] | undefined | Promise<readonly (T | undefined)[] | undefined>,
    options?: Expiry,
  ): Promise<(T | undefined)[] | undefined>;
  /**
   * Replaces `expected` by `next` where it is still what is stored, and says whether it was. `undefined` as `expected`
   * is "no such key", and as `next` it deletes the key. Values are compared as they are encoded: a copy that came out
   * of the store is the same, and an object whose fields are in another order is not. Expiry is as with `update`.
   */
  compareAndSet(
    key: string,
    expected: T | undefined,
    next: T | undefined,
    options?: Expiry,
  ): Promise<boolean>;
  /**
   * Deletes the key and returns what it held, `undefined` where there was none: of many that call it at once, one gets
   * the value. What no store wrote is deleted all the same, and the call rejects with `MUSTER_CORRUPT_VALUE`.
   */
  getAndDelete(key: string): Promise<T | undefined>;
  /**
   * Keys in no promised order, in pages, so that memory stays bounded. A key that is there all the while is yielded;
   * on Redis it may be yielded twice where the server shrinks its table meanwhile (SCAN's own promise).
   */
  keys(options?: IterateOptions): AsyncIterableIterator<string>;
  entries(options?: IterateOptions): AsyncIterableIterator<[key: string, value: T]>;
  /** How many keys `keys(options)` would yield. Reads the keys, page by page: it takes longer the more there are. */
  count(options?: IterateOptions): Promise<number>;
  /**
   * Deletes every key of this view, or those that start with `prefix`, and none of another view: those that are there when it is
   * called. What is written by calls of this store that are made later stays, and such calls find nothing of what was there
   * before; only `keys`, `entries` and `count` may, until it resolves. What other stores and other processes write meanwhile may
   * be deleted, too.
   */
  clear(options?: IterateOptions): Promise<void>;
  /**
   * Tells `listener` of changes of one key, or of all keys that start with `prefix` (`''`: of the whole view), by whichever
   * process: writes, deletes, and expiries. Every change that is made after it resolved is told, with the value that the key
   * has when it is told: of several that follow each other closely only the last one may be. A change that left the value
   * as it was may be told as well. `reset` says that the feed had a gap, so that anything may have changed.
   *
   * Writers pay nothing for it while nobody watches. What `listener` throws is told as a process warning
   * (`MUSTER_LISTENER_FAILED`), and does not end the feed. A value that cannot be decoded is told as a `reset`.
   *
   * @returns its unsubscribe, after which `listener` is not called any more. `signal` ends it as well; before it resolved,
   *   it rejects with the reason of `signal`.
   */
  watch(
    target: WatchTarget,
    listener: ChangeListener<T>,
    options?: WatchOptions,
  ): Promise<() => void>;
}

/**
 * A view whose values have no type of their own: the store itself, and a namespace that was given none. Where nothing says
 * which type a value has, `get` gives `unknown`; `get<number>('visits')` says it, and is believed.
 */
export interface UntypedView extends StoreView {
  get<T = unknown>(key: string): Promise<T | undefined>;
  getMany<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]>;
  // biome-ignore lint/suspicious/noExplicitAny: `(list = []) => [...list, item]` has to compile, as after JSON.parse().
  update<T = any>(
    key: string,
    next: (current: T | undefined) => T | undefined | Promise<T | undefined>,
    options?: Expiry,
  ): Promise<T | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: as of `update`.
  transaction<T = any>(
    keys: Iterable<string>,
    next: (
      current: (T | undefined)[],
    ) => readonly (T | undefined)[] | undefined | Promise<readonly (T | undefined)[] | undefined>,
    options?: Expiry,
  ): Promise<(T | undefined)[] | undefined>;
  getWithTtl<T = unknown>(key: string): Promise<ValueWithTtl<T> | undefined>;
  getAndDelete<T = unknown>(key: string): Promise<T | undefined>;
  entries<T = unknown>(options?: IterateOptions): AsyncIterableIterator<[key: string, value: T]>;
  watch<T = unknown>(
    target: WatchTarget,
    listener: ChangeListener<T>,
    options?: WatchOptions,
  ): Promise<() => void>;
}

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
  degraded: (reason: StoreError) => void;
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
  /** Lets calls under way finish and gives the engine back. Later calls reject with `MUSTER_STORE_CLOSED`. */
  close(): Promise<void>;
}
