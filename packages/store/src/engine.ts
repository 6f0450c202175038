// The contract of an engine, which stores text under full keys. Names, values, limits and expiry rules are implemented above it, once.

import type { Lifetime } from './entries/lifetime.js';
import type { StoreRejection } from './errors.js';
import type { NearCounters, NearLimits, NearReads } from './near/contract.js';

/** A page of a scan. */
export interface ScanPage {
  readonly keys: readonly string[];
  /** The texts of `keys`, in their order; empty if only keys were requested. */
  readonly texts: readonly string[];
  /** Pass it to the next `scan` of the same prefix; `undefined` on the last page. A page may be empty. */
  readonly cursor: string | undefined;
}

/** `absent`: write only if the key does not exist. `present`: only if it does. */
export type Condition = 'always' | 'absent' | 'present';

/**
 * An engine keeps these rules, and nothing else:
 *
 * - A write that it acknowledged is applied, and every read that starts afterwards sees it, in any process.
 * - An entry whose lifetime is over does not exist: not for reads, not for conditions, not for scans.
 * - Calls that one process makes one after the other take effect in that order, awaited or not.
 * - Every call settles within the deadline of the store, and if it fails, with a `StoreRejection`.
 * - It never runs a write twice, and never runs one later whose call has failed.
 */
export interface Engine {
  /** `embedded`, `redis`, or another name, for people to read. */
  readonly kind: string;
  /**
   * Milliseconds since the epoch, by the clock that decides about leases and lifetimes, or this process's best estimate of it.
   * It does not contact a server.
   */
  now(): number;
  /** Settles once the data can be reached. */
  ready(): Promise<void>;
  /** An engine that has the text at hand may return it without a promise. */
  get(key: string): Promise<string | undefined> | string | undefined;
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** @returns whether the condition allowed the write. */
  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean>;
  /** Writes all entries in one step, as far as the engine can (see the contract of `setMany`). */
  setMany(
    entries: readonly (readonly [key: string, text: string, lifetime: Lifetime])[],
  ): Promise<void>;
  /** @returns one flag for each key, in the order of the keys. */
  hasMany(keys: readonly string[]): Promise<boolean[]>;
  /** @returns how many of the keys existed. */
  delete(keys: readonly string[]): Promise<number>;
  /**
   * Keys that start with `prefix`, page by page. A key that exists during the whole scan is on at least one page. An engine that
   * keeps sorted sets in a data type of their own lists their keys only for a prefix that belongs to sorted sets alone.
   */
  scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage>;
  /**
   * Runs one procedure on `keys`, atomically.
   *
   * @param write given by a caller that may give up early. An engine that queues calls should look at it before it begins; an
   *   engine may also ignore it.
   */
  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
    write?: WriteProgress,
  ): Promise<Output>;
  /**
   * Calls `listener` with the state of the engine, now if it is known and at every change: `undefined` if the data can be
   * reached, else the reason why not.
   *
   * @returns its unsubscribe.
   */
  watchHealth(listener: (trouble: StoreRejection | undefined) => void): () => void;
  /** Calls `listener` when all data has been lost, and with it all leases. An engine that cannot know this leaves it out. */
  watchLoss?(listener: () => void): () => void;
  /**
   * Resolves when the feed is live. From then on `listener` is called with the full key of every key that starts with `prefix`
   * and changes (a write, a delete, an expiry), whichever process caused it: at least once, several keys in one call where
   * changes came together, and in no promised order. `'reset'`: the feed had a gap, and anything may have changed.
   *
   * Writers pay nothing while nobody watches. The feed goes on if `listener` throws.
   *
   * @returns its unsubscribe, after which `listener` is not called any more.
   */
  watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void>;
  /**
   * Reads of keys that start with one of `prefixes`, answered by what the process keeps where that may be returned; see
   * near/contract.ts. The same object for the same arguments. Optional: an engine whose reads take microseconds has no need of it.
   */
  near?(prefixes: readonly string[], limits: NearLimits): NearReads;
  /** The sum over all that `near` has returned. */
  nearCounters?(): NearCounters;
  /** Allows the engine to drop entries whose full key starts with `prefix`, oldest first, when it runs out of room. */
  declareEvictable(prefix: string): void;
  /** Called after a process that used the same data has ended: frees what it held inside the engine, such as a reader slot. */
  processGone(): Promise<void>;
  /** Writes files of the embedded engine with all the data of one moment into an empty folder. Optional. */
  copyTo?(folder: string): Promise<void>;
  /** Lets calls under way finish and releases all resources. */
  close(): Promise<void>;
}

/** A write whose caller may give up before the engine's deadline. */
export interface WriteProgress {
  /** The caller has given up: the write must not begin any more. */
  readonly isOver: boolean;
  /** Set by the engine: whether the write may have been applied, or may still be. An engine that does not set it leaves it true. */
  isWriting: boolean;
}

/**
 * An atomic operation on entries, written twice: as a Lua script for Redis, and as a function for all other engines. Both must do
 * exactly the same; `procedureConformance` of `@muster/store/testing` checks it. See docs/guide/own-procedure.md.
 */
export interface Procedure<Input, Output> {
  /** For error messages and diagnostics. */
  readonly name: string;
  /** `read`: it changes nothing, so it takes no write lock, and may be sent again after a lost connection. */
  readonly access: 'read' | 'write';
  /**
   * For Redis. The script gets the full keys as KEYS and `args(input)` as ARGV. Redis does not undo what a script has written before
   * it fails, so check everything before the first write. The script runs as the body of a function.
   */
  readonly lua: string;
  args(input: Input): (string | number)[];
  /** The number of characters in `input`, if it can be large. Bounds how much is sent to Redis at once. */
  characters?(input: Input): number;
  /** For Redis: the single command that does the same as the script on one key, if there is one. */
  command?(key: string, input: Input): [name: string, ...args: (string | number)[]];
  /**
   * Turns the reply of the script, or of the command, into the output. Throws for a reply that neither can give (see reply.ts):
   * only this call fails then.
   */
  reply(raw: unknown, input: Input): Output;
  /** Whether a value can be an output. It checks what an engine of your own returns. Default: every value is accepted. */
  isOutput?(output: unknown): boolean;
  /** For all other engines. Synchronous and short: all other writers of the machine wait for it. If it throws, nothing is changed. */
  embedded(transaction: Transaction, keys: readonly string[], input: Input): Output;
}

export interface Entry {
  readonly text: string;
  /** Milliseconds on the clock of `now`; `Infinity` for an entry that does not expire. */
  readonly expiresAt: number;
}

/** What `embedded` of a procedure works with. Expired entries do not exist in it. */
export interface Transaction {
  /** Milliseconds since the epoch, by a clock that setting the time does not move; constant during the procedure. */
  readonly now: number;
  /** Milliseconds since the epoch by the time of day: to compare with times that callers gave. */
  readonly wall: number;
  get(key: string): string | undefined;
  entry(key: string): Entry | undefined;
  has(key: string): boolean;
  /** Writes an entry. A lifetime that is already over removes it. */
  put(key: string, text: string, lifetime: Lifetime): void;
  /** @returns whether the entry existed. */
  delete(key: string): boolean;
  /**
   * Keys from `from` (included) to `to` (excluded), in the order of their UTF-8 bytes, or with `reverse` in the opposite order.
   * Skips the first `offset` keys and returns at most `limit`. Neither bound may be a key itself. Only for entries that do not
   * expire.
   */
  keys(from: string, to: string, options: KeysOptions): string[];
  /** The number of keys from `from` (included) to `to` (excluded); `to` may be a key. Only for entries that do not expire. */
  countKeys(from: string, to: string): number;
}

export interface KeysOptions {
  readonly reverse: boolean;
  readonly offset: number;
  /** `Infinity` for all. */
  readonly limit: number;
}

/** The options of a store that concern its engine, defaults filled in. */
export interface EngineOptions {
  readonly keyPrefix: string;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly durability: Durability;
  readonly checksums: boolean;
}

/** What an acknowledged write survives: a crash of its process, or also a crash of the machine. */
export type Durability = 'process' | 'disk';
