// What an engine is: it moves text under full keys. Names, values, limits and expiry rules live above it, once.

import type { Lifetime } from './entries/lifetime.js';
import type { StoreRejection } from './errors.js';

/** A page of a scan. */
export interface ScanPage {
  readonly keys: readonly string[];
  /** The texts of `keys`, in their order; empty where only keys were asked for. */
  readonly texts: readonly string[];
  /** Hand it to the next `scan` of the same prefix; `undefined` on the last page. A page may be empty. */
  readonly cursor: string | undefined;
}

/** `absent`: write only where the key does not exist. `present`: only where it does. */
export type Condition = 'always' | 'absent' | 'present';

/**
 * An engine keeps these rules, and nothing else:
 *
 * - What it acknowledged is applied, and seen by every read that starts afterwards, in any process.
 * - An entry whose lifetime is over is not there: not for reads, not for conditions, not for scans.
 * - Calls that one process makes one after the other take effect in that order, also when nothing awaits them.
 * - Every call settles within the deadline of the store, with a `StoreRejection` where it fails.
 * - It does not run a write twice, and does not keep one for later once its call has failed.
 */
export interface Engine {
  /** `embedded`, `redis`, or another name: as it is told to people. */
  readonly kind: string;
  /**
   * Milliseconds since the epoch, as near to the clock by which the engine judges leases and lifetimes as this process can
   * say without asking.
   */
  now(): number;
  /** Settles once the data can be reached. */
  ready(): Promise<void>;
  /** A text that is at hand may come without a promise. */
  get(key: string): Promise<string | undefined> | string | undefined;
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Says whether the condition let it write. */
  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean>;
  /** All of them at once, as far as the engine can (see the contract of `setMany`). */
  setMany(
    entries: readonly (readonly [key: string, text: string, lifetime: Lifetime])[],
  ): Promise<void>;
  /** In the order of the keys. */
  hasMany(keys: readonly string[]): Promise<boolean[]>;
  /** Says how many there were. */
  delete(keys: readonly string[]): Promise<number>;
  /**
   * Keys that start with `prefix`, page by page. A key that is there all the while is on at least one page. An engine that has
   * sorted sets in a type of its own gives their keys for prefixes that only they have, and no others.
   */
  scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage>;
  /**
   * Runs one atomic primitive on `keys`.
   *
   * @param write of a caller who may give up before. An engine that may begin later than it is called looks at it, and may
   *   leave that out.
   */
  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
    write?: WriteProgress,
  ): Promise<Output>;
  /**
   * Tells whether the data can be reached, now if it knows and whenever it learns: `undefined` that it can, or why not.
   * @returns its unsubscribe.
   */
  watchHealth(listener: (trouble: StoreRejection | undefined) => void): () => void;
  /** Tells when all the data is gone, and with it whatever was held there. An engine that cannot know does not have it. */
  watchLoss?(listener: () => void): () => void;
  /**
   * Resolves when the feed is live. From then on every change (a write, a delete, an expiry) of a key that starts with
   * `prefix` is told by its full key, from whichever process it came: at least once, with those that came together in one
   * call, and in no promised order. `'reset'`: the feed had a gap, and anything may have changed.
   *
   * Costs writers nothing while nobody watches. What `listener` throws is its own business; the feed goes on.
   *
   * @returns its unsubscribe, after which `listener` is not called any more.
   */
  watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void>;
  /** Says that entries whose full key starts with `prefix` may be dropped, oldest first, where there is no room left. */
  declareEvictable(prefix: string): void;
  /** A process that used the same data is gone: frees what it held of the engine's own, such as places of readers. */
  processGone(): Promise<void>;
  /** Writes files of the embedded engine with all the data of one moment into an empty folder; where an engine can. */
  copyTo?(folder: string): Promise<void>;
  /** Lets calls under way finish and frees what the engine holds. */
  close(): Promise<void>;
}

/** A write whose caller does not wait for the engine's own deadline. */
export interface WriteProgress {
  /** The caller has given up: it must not begin any more. */
  readonly isOver: boolean;
  /** The engine says whether it may have been done, or may still be; without a word it may. */
  isWriting: boolean;
}

/**
 * One atomic primitive, in both dialects side by side. A new primitive is one new file in procedures/.
 *
 * The dialects must agree to the letter: the conformance suite runs each on both engines.
 */
export interface Procedure<Input, Output> {
  readonly name: string;
  /** `read`: changes nothing, so it takes no write lock and may be sent again after a lost connection. */
  readonly access: 'read' | 'write';
  /** Redis. Sees the full keys as KEYS and `args(input)` as ARGV. */
  readonly lua: string;
  args(input: Input): (string | number)[];
  /** How long the texts in the input are, in characters, where they can be long. It bounds what is sent at once. */
  characters?(input: Input): number;
  /** Redis: the one command that does the same for a key, where there is one. It spares a lone call the script. */
  command?(key: string, input: Input): [name: string, ...args: (string | number)[]];
  /**
   * Makes the output of what the script, or the command, returned. Throws for what neither can return (reply.ts): the call
   * then fails, and no other one.
   */
  reply(raw: unknown, input: Input): Output;
  /** Whether `run` of an engine of one's own may have given this. Default: whatever it gives is believed. */
  isOutput?(output: unknown): boolean;
  /** LMDB. Synchronous and short: every other writer of the machine waits. Checks everything before its first write. */
  embedded(transaction: Transaction, keys: readonly string[], input: Input): Output;
}

export interface Entry {
  readonly text: string;
  /** On the clock of `now`; `Infinity` for an entry that does not expire. */
  readonly expiresAt: number;
}

/** What a procedure can do on the embedded engine, and on those in memory. Expired entries are not there. */
export interface Transaction {
  /** Milliseconds since the epoch, on a clock that nobody can set; the same for the whole procedure. */
  readonly now: number;
  /** The same by the time of day: for times that callers gave. */
  readonly wall: number;
  get(key: string): string | undefined;
  entry(key: string): Entry | undefined;
  has(key: string): boolean;
  /** A lifetime that is already over removes the entry. */
  put(key: string, text: string, lifetime: Lifetime): void;
  /** Says whether it was there. */
  delete(key: string): boolean;
  /**
   * Keys from `from` on and before `to`, in the order of their UTF-8 bytes; with `reverse` the other way round. `offset` of
   * them are left out first, and `limit` is the most that come. Neither bound is a key. For entries that do not expire.
   */
  keys(from: string, to: string, options: KeysOptions): string[];
  /** How many keys there are from `from` on and before `to`, which may be one. For entries that do not expire. */
  countKeys(from: string, to: string): number;
}

export interface KeysOptions {
  readonly reverse: boolean;
  readonly offset: number;
  /** `Infinity` for all. */
  readonly limit: number;
}

/** The options that an engine is opened with, each with its value. */
export interface EngineOptions {
  readonly keyPrefix: string;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly durability: Durability;
  readonly checksums: boolean;
}

/** What an acknowledged write outlives: a crash of its process, or also one of the machine. */
export type Durability = 'process' | 'disk';
