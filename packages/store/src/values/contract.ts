// Contract of a view: the keys of one namespace, and what can be done with them.

import type { Lock } from '../locks/contract.js';
import type { ChangeListener, WatchOptions, WatchTarget } from '../watch/contract.js';

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
 * Every method rejects with a `StoreError` or an `InvalidOptionError` (docs/errors.md) and with nothing else, but for what the function of
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
   * `MUSTER_INVALID_OPTION`, before anything is changed.
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
