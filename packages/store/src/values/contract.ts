// The contract of a view: the keys of one namespace, and the calls on them.

import type { Lock } from '../locks/contract.js';
import type { ChangeListener, WatchOptions, WatchTarget } from '../watch/contract.js';

/**
 * When a key expires. Give at most one of the two. Without either, the namespace's `ttlMs` applies, and without that the key
 * never expires. Fractions of a millisecond are rounded up; an expiry after the year 275760 is never.
 */
export interface Expiry {
  /**
   * Milliseconds from now, above 0. `Infinity`: never, whatever the namespace says. Embedded: setting the time of day does not
   * move this expiry.
   */
  ttlMs?: number | undefined;
  /** Milliseconds since the epoch. The key is gone as soon as the clock shows that time; a time in the past removes the key. */
  expiresAt?: number | undefined;
}

export interface SetOptions extends Expiry {
  /** Write only if the key does not exist. */
  ifAbsent?: boolean | undefined;
  /** Write only if the key exists. */
  ifPresent?: boolean | undefined;
  /**
   * Write only while this lock (or permit) is held. The same step checks the lock and writes. If the lock has ended, the call
   * rejects with `MUSTER_FENCED` and nothing is changed. On a Redis Cluster the key and the lock's name must have the same
   * hash tag, such as `order:{42}` and `orders-{42}`.
   */
  fence?: Lock | undefined;
}

export interface IncrementOptions {
  /** Milliseconds until a counter that this call creates expires. An existing counter keeps its expiry. */
  ttlMs?: number | undefined;
  /** A safe integer. If the sum would be below it, nothing is changed. Default: no bound. */
  min?: number | undefined;
  /** A safe integer. If the sum would be above it, nothing is changed. Default: no bound. */
  max?: number | undefined;
  /** `true`: the call returns `{ value, ttlMs }`. Default: false. */
  withTtl?: false | undefined;
}

/** Options with which an increment cannot be refused. */
export interface UnboundedIncrementOptions extends IncrementOptions {
  min?: undefined;
  max?: undefined;
}

/** The result of an increment with `withTtl: true`. */
export interface Counter {
  readonly value: number;
  /** Milliseconds left, read in the same step; `Infinity` for a counter that does not expire. */
  readonly ttlMs: number;
}

/** A value, and the milliseconds that its key has left; `Infinity` if it does not expire. */
export interface ValueWithTtl<T = unknown> {
  readonly value: T;
  readonly ttlMs: number;
}

/** One attempt of a transaction, for what is to change with it. It may be used until the function of the transaction has returned. */
export interface TransactionHandle {
  /** Whether the function has returned. */
  readonly isOver: boolean;
}

export interface IterateOptions {
  /** Only keys that start with this. Default: every key of the view. */
  prefix?: string | undefined;
}

/**
 * A view of one namespace, whose values are of type `T`. Namespaces do not see each other's keys; the store itself is the root
 * view.
 *
 * Every method rejects with a `StoreError` or an `InvalidOptionError` (docs/errors.md) and with nothing else, except what the
 * function of `update` or `transaction` throws. No method throws synchronously.
 */
export interface StoreView<T = unknown> {
  /** The value, or `undefined` if there is none. */
  get(key: string): Promise<T | undefined>;
  /** The values in the order of the keys, `undefined` for a missing key. A single string is not a list of keys and is rejected. */
  getMany(keys: Iterable<string>): Promise<(T | undefined)[]>;
  /** The value and the milliseconds that it has left, read in one step; `undefined` if there is none. */
  getWithTtl(key: string): Promise<ValueWithTtl<T> | undefined>;
  /**
   * Writes the value. Resolves with whether it did: `false` only if `ifAbsent` or `ifPresent` prevented it.
   *
   * @example
   * await store.set('job', 'running', { ifAbsent: true, ttlMs: 60_000 }); // true for one of many processes
   */
  set(key: string, value: T, options?: SetOptions): Promise<boolean>;
  /**
   * Writes all entries, or none if one of them cannot be stored: in one transaction on the embedded engine, in one per hash
   * slot on Redis. If a key is given twice, its last value counts. The expiry of an entry takes the place of that of
   * `options`.
   */
  setMany(
    entries: Iterable<readonly [key: string, value: T, expiry?: Expiry | undefined]>,
    options?: Expiry,
  ): Promise<void>;
  has(key: string): Promise<boolean>;
  /** Whether each key exists, in the order of the keys; read in one step, as by `getMany`. */
  hasMany(keys: Iterable<string>): Promise<boolean[]>;
  /** Resolves with whether the key existed. */
  delete(key: string): Promise<boolean>;
  /** Deletes the keys in one transaction, as `setMany` writes. Resolves with how many existed. */
  deleteMany(keys: Iterable<string>): Promise<number>;
  /**
   * Moves the expiry and leaves the value as it is. Resolves with whether the key existed. If neither `expiry` nor the namespace
   * has an expiry, the call is refused; `{ ttlMs: Infinity }` removes the expiry of the key.
   */
  touch(key: string, expiry: Expiry): Promise<boolean>;
  /** Milliseconds left; `Infinity` for a key that does not expire, `undefined` for a missing key. */
  ttlMs(key: string): Promise<number | undefined>;
  /**
   * Adds `by` (default 1, a safe integer) and returns the new number. A missing key counts from 0.
   * Rejects with `MUSTER_WRONG_TYPE` if the value is not a safe integer, or would not stay one.
   */
  increment(key: string, by?: number, options?: UnboundedIncrementOptions): Promise<number>;
  /**
   * With `min` or `max` the increment may be refused: `undefined` means that the sum would have been out of bounds, and that
   * nothing was changed. A returned number is within the bounds, whether it was raised or lowered. A missing key whose first
   * sum would be out of bounds stays missing.
   *
   * @example
   * if ((await stock.increment('seats', -1, { min: 0 })) === undefined) throw new Error('sold out');
   */
  increment(
    key: string,
    by: number | undefined,
    options: IncrementOptions,
  ): Promise<number | undefined>;
  /** With `withTtl: true` the call returns the new number and the time that the counter has left, read in the same step. */
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
   * Replaces the value by `next(current)` without losing a change by anybody else, and returns the stored value.
   * `next` may run several times, so it must not have side effects. If it returns `undefined`, the key is deleted. The updates
   * of one process run one after the other for each key. So an update of the same key inside `next` would wait for itself, and
   * two updates that update each other's keys inside `next` would wait for each other.
   * Without an expiry in `options` the key keeps its expiry; a key that this call creates gets the namespace's.
   * `deadlineMs` bounds the whole call, `next` included: `MUSTER_DEADLINE_EXCEEDED` means that nothing was changed.
   *
   * @example
   * await store.update('cart', (cart = []) => [...cart, item]);
   */
  update(
    key: string,
    next: (current: T | undefined) => T | undefined | Promise<T | undefined>,
    options?: Expiry,
  ): Promise<T | undefined>;
  /**
   * Like `update`, but for several keys, which change together or not at all. `next` gets their values in the order of the keys,
   * read in one step, and returns the new values in that order, `undefined` for a key to delete. If `next` returns `undefined`
   * instead of a list, nothing changes. Returns the list that was stored. Everything that `update` says holds here too.
   *
   * On a Redis Cluster all keys must have the same hash tag, such as `account:{ada}` and `log:{ada}`. Otherwise the call is
   * refused with `MUSTER_INVALID_OPTION`, and nothing is changed.
   *
   * `next` gets a handle of the transaction, too: `queue.addIn(transaction, data)` of `@muster/queue` adds a job with it.
   *
   * @example
   * await accounts.transaction(['ada', 'bob'], ([ada = 0, bob = 0]) => [ada - 20, bob + 20]);
   */
  transaction(
    keys: Iterable<string>,
    next: (
      current: (T | undefined)[],
      transaction: TransactionHandle,
    ) => readonly (T | undefined)[] | undefined | Promise<readonly (T | undefined)[] | undefined>,
    options?: Expiry,
  ): Promise<(T | undefined)[] | undefined>;
  /**
   * Replaces the value by `next` if it is still `expected`. Resolves with whether it was. `undefined` as `expected` means "no
   * such key", and as `next` it deletes the key. Encoded values are compared: a copy that came out of the store is equal, and
   * an object with its fields in another order is not. The expiry follows the rules of `update`.
   */
  compareAndSet(
    key: string,
    expected: T | undefined,
    next: T | undefined,
    options?: Expiry,
  ): Promise<boolean>;
  /**
   * Deletes the key and returns its value, `undefined` if there was none. Of many calls at once, one gets the value. An entry
   * that no store wrote is deleted as well, and the call rejects with `MUSTER_CORRUPT_VALUE`.
   */
  getAndDelete(key: string): Promise<T | undefined>;
  /**
   * The keys, in no promised order. They are read page by page, so memory stays bounded. A key that exists during the whole
   * loop is yielded; Redis may yield a key twice if the server shrinks its table meanwhile (as SCAN does).
   */
  keys(options?: IterateOptions): AsyncIterableIterator<string>;
  entries(options?: IterateOptions): AsyncIterableIterator<[key: string, value: T]>;
  /** How many keys `keys(options)` would yield. It reads the keys page by page, so it takes longer the more there are. */
  count(options?: IterateOptions): Promise<number>;
  /**
   * Deletes every key of this view that exists when it is called, or those that start with `prefix`. It touches no other view.
   * Later calls of this store behave as if it were done: what they write stays, and they do not see the old entries. Only
   * `keys`, `entries` and `count` may still see some until it resolves. What other stores and other processes write meanwhile
   * may be deleted as well.
   */
  clear(options?: IterateOptions): Promise<void>;
  /**
   * Calls `listener` with the changes of one key, or of all keys that start with `prefix` (`''`: the whole view), whichever
   * process makes them: writes, deletes, and expiries. Every change after the promise has resolved is reported, with the value
   * that the key has at the time of the report: of several changes in quick succession perhaps only the last. A write that left
   * the value as it was may be reported too. `reset` means that the feed had a gap, so anything may have changed.
   *
   * Writers pay nothing while nobody watches. If `listener` throws, the error becomes a process warning
   * (`MUSTER_LISTENER_FAILED`) and the watch goes on. A value that cannot be decoded is reported as a `reset`.
   *
   * @returns its unsubscribe, after which `listener` is not called any more. `signal` ends the watch as well; if it is aborted
   *   before the promise has resolved, the promise rejects with its reason.
   *
   * @example
   * const stop = await config.watch({ key: 'theme' }, (change) => {
   *   if (change.type === 'change') apply(change.value);
   * });
   */
  watch(
    target: WatchTarget,
    listener: ChangeListener<T>,
    options?: WatchOptions,
  ): Promise<() => void>;
}

/**
 * A view without a type for its values: the store itself, and a namespace that was made without one. `get` returns `unknown`;
 * `get<number>('visits')` names a type, which is not checked.
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
      transaction: TransactionHandle,
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
