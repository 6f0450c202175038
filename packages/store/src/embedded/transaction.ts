// What a procedure sees of the embedded store.
import type { Entry, Transaction } from '../engine.js';
import type { Lifetime } from '../lifetime.js';
import type { Capacity } from './capacity.js';
import type { Environment, ReadOptions } from './environment.js';
import { AGELESS, type ExpiryIndex } from './expiry-index.js';
import type { FeedLog } from './feed-log.js';
import { endOfPrefix } from './keys.js';
import { Scratch } from './scratch.js';

/** One for write transactions, which is to be used within lmdb's `transactionSync`, and one for snapshots. */
export class LmdbTransaction implements Transaction {
  readonly #environment: Environment;
  readonly #index: ExpiryIndex;
  readonly #capacity: Capacity;
  readonly #log: FeedLog;
  readonly #read: ReadOptions | undefined;
  readonly #scratch = new Scratch();
  /** 0 until it is asked for: most entries do not expire, and a clock costs as much as a small read. */
  #now = 0;

  /** @param read what makes lmdb read in a snapshot; `undefined` in a write transaction. */
  constructor(
    environment: Environment,
    index: ExpiryIndex,
    capacity: Capacity,
    log: FeedLog,
    read?: ReadOptions,
  ) {
    this.#environment = environment;
    this.#index = index;
    this.#capacity = capacity;
    this.#log = log;
    this.#read = read;
  }

  /** To be called before each procedure. */
  begin(): this {
    this.#now = 0;
    return this;
  }

  get now(): number {
    if (this.#now === 0) this.#now = Date.now();
    return this.#now;
  }

  get(key: string): string | undefined {
    const { entries, lastVersion } = this.#environment;
    const text = entries.get(key, this.#read);
    return text !== undefined && this.#isOver(lastVersion()) ? undefined : text;
  }

  entry(key: string): Entry | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const expiry = this.#environment.lastVersion();
    const ends = expiry !== 0 && expiry < AGELESS;
    return { text, expiresAt: ends ? expiry : Number.POSITIVE_INFINITY };
  }

  has(key: string): boolean {
    const expiry = this.#expiryOf(key);
    return expiry !== undefined && !this.#isOver(expiry);
  }

  put(key: string, text: string, lifetime: Lifetime): void {
    this.#log.note(key);
    const isEvictable = this.#index.isEvictable(key);
    if (lifetime === 'never' && !isEvictable) {
      this.#capacity.claim(key, text, this.now);
      this.#write(key, text, 0);
      return;
    }
    const before = this.#expiryOf(key) ?? 0;
    const after = this.#expiry(lifetime, before) || (isEvictable ? AGELESS + this.now : 0);
    if (this.#isOver(after)) {
      this.delete(key);
      return;
    }
    // To make room, it may remove this very entry, and its line in the index.
    const isAsItWas = this.#capacity.claim(key, text, this.now);
    this.#write(key, text, after);
    this.#index.move(key, isAsItWas ? before : 0, after);
  }

  delete(key: string): boolean {
    const expiry = this.#expiryOf(key);
    if (expiry === undefined) return false;
    this.#log.note(key);
    this.#environment.entries.remove(key);
    if (expiry !== 0) this.#index.remove(key, expiry);
    return !this.#isOver(expiry);
  }

  /** Keys that start with `prefix`, after `cursor`; some may be over. */
  candidates(prefix: string, cursor: string | undefined, limit: number): string[] {
    const range = this.#environment.entries.getKeys({
      ...this.#read,
      start: cursor ?? prefix,
      exclusiveStart: cursor !== undefined,
      end: endOfPrefix(prefix),
      limit,
    });
    return [...range] as string[];
  }

  #write(key: string, text: string, expiry: number): void {
    // lmdb takes bytes for a text, its types do not.
    this.#environment.entries.put(key, this.#scratch.bytesOf(text) as string, expiry);
  }

  /** `undefined` where there is no entry, not even one that is over. */
  #expiryOf(key: string): number | undefined {
    const { entries, lastVersion } = this.#environment;
    return doesExist(entries, key, this.#read) ? lastVersion() : undefined;
  }

  /** 0 for never. */
  #expiry(lifetime: Lifetime, before: number): number {
    if (lifetime === 'never') return 0;
    if (lifetime === 'keep') return this.#isOver(before) ? 0 : before;
    // An `until` of 0 is over, where the version 0 would mean never.
    return 'forMs' in lifetime ? this.now + lifetime.forMs : Math.max(lifetime.until, 1);
  }

  #isOver(expiry: number): boolean {
    return expiry !== 0 && expiry <= this.now;
  }
}

/** lmdb takes the options, its types do not have them. */
function doesExist(entries: object, key: string, read: ReadOptions | undefined): boolean {
  type Exists = (key: string, version: undefined, options: ReadOptions | undefined) => boolean;
  return (entries as { doesExist: Exists }).doesExist(key, undefined, read);
}
