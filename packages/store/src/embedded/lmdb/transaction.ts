// The transaction that a procedure works with on the embedded engine.
import { timeOfDay } from '@muster/codec/timers';
import type { Entry, KeysOptions, Transaction } from '../../engine.js';
import { localKey } from '../../entries/keyspace.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { CorruptStoreValueError } from '../../errors.js';
import type { Capacity } from '../capacity/capacity.js';
import {
  AGELESS,
  endByNow,
  endByWall,
  isOver,
  NEVER,
  type Times,
} from '../capacity/expiry-time.js';
import type { ChangeLog } from '../watch/change-log.js';
import { isSound, withChecksum, withoutChecksum } from './checksum.js';
import type { ReadOptions } from './databases.js';
import type { Environment } from './environment.js';
import type { ExpiryIndex } from './expiry-index.js';
import { endOfPrefix } from './keys.js';
import { ScratchBuffer } from './scratch-buffer.js';

/** More entries than there will ever be. lmdb counts in 32 bits, and truncates a greater number. */
const MOST = 2 ** 31 - 1;

/** There are two: one for write transactions, used inside lmdb's `transactionSync`, and one for snapshots. */
export class LmdbTransaction implements Transaction, Times {
  readonly #environment: Environment;
  readonly #index: ExpiryIndex;
  readonly #capacity: Capacity;
  readonly #log: ChangeLog;
  readonly #checksums: boolean;
  readonly #read: ReadOptions | undefined;
  readonly #scratch = new ScratchBuffer();
  /** 0 until it is needed: most entries do not expire, and reading a clock costs as much as a small read. */
  #now = 0;
  #wall = 0;

  /**
   * @param checksums whether entries are written with checksums and checked when they are read.
   * @param read makes lmdb read from a snapshot; `undefined` in a write transaction.
   */
  constructor(
    environment: Environment,
    index: ExpiryIndex,
    capacity: Capacity,
    log: ChangeLog,
    checksums: boolean,
    read?: ReadOptions,
  ) {
    this.#environment = environment;
    this.#index = index;
    this.#capacity = capacity;
    this.#log = log;
    this.#checksums = checksums;
    this.#read = read;
  }

  /** Called before each procedure. */
  begin(): this {
    this.#now = 0;
    this.#wall = 0;
    return this;
  }

  get now(): number {
    if (this.#now === 0) this.#now = this.#environment.clock.now();
    return this.#now;
  }

  get wall(): number {
    if (this.#wall === 0) this.#wall = timeOfDay();
    return this.#wall;
  }

  get(key: string): string | undefined {
    const { entries, lastVersion } = this.#environment;
    const stored = entries.get(key, this.#read);
    if (stored === undefined) return undefined;
    const end = lastVersion();
    // The end may be damaged as well.
    if (this.#checksums && !isSound(key, stored as string, end)) throw damaged(key);
    return isOver(end, this) ? undefined : withoutChecksum(stored as string);
  }

  entry(key: string): Entry | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const end = this.#environment.lastVersion();
    const hasEnd = end !== NEVER && end < AGELESS;
    return { text, expiresAt: hasEnd ? endByNow(end, this) : Number.POSITIVE_INFINITY };
  }

  has(key: string): boolean {
    const end = this.#endOf(key);
    return end !== undefined && !isOver(end, this);
  }

  put(key: string, text: string, lifetime: Lifetime): void {
    this.#log.note(key);
    const isEvictable = this.#index.isEvictable(key);
    if (lifetime === 'never' && !isEvictable) {
      this.#capacity.claim(key, text, this);
      this.#write(key, text, NEVER);
      return;
    }
    const before = this.#endOf(key) ?? NEVER;
    const end = this.#endAfter(lifetime, before);
    const after = isEvictable ? endByNow(end, this) || AGELESS + this.now : end;
    if (isOver(after, this)) {
      this.delete(key);
      return;
    }
    // To make room, this entry itself may be evicted, with its index line.
    const isAsItWas = this.#capacity.claim(key, text, this);
    this.#write(key, text, after);
    this.#index.move(key, isAsItWas ? before : NEVER, after);
  }

  delete(key: string): boolean {
    const end = this.#endOf(key);
    if (end === undefined) return false;
    this.#log.note(key);
    this.#environment.entries.remove(key);
    if (end !== NEVER) this.#index.remove(key, end);
    return !isOver(end, this);
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

  keys(from: string, to: string, { reverse, offset, limit }: KeysOptions): string[] {
    const [start, end] = reverse ? [to, from] : [from, to];
    if (offset > MOST) return [];
    const most = limit > MOST ? {} : { limit };
    const range = { ...this.#read, start, end, reverse, offset, ...most };
    return [...this.#environment.entries.getKeys(range)] as string[];
  }

  countKeys(from: string, to: string): number {
    const range = { ...this.#read, start: from, end: to };
    return this.#environment.entries.getKeysCount(range);
  }

  #write(key: string, text: string, end: number): void {
    const stored = this.#checksums ? withChecksum(key, text, end) : text;
    // lmdb takes bytes for a text, its types do not.
    this.#environment.entries.put(key, this.#scratch.bytesOf(stored) as string, end);
  }

  /** `undefined` if there is no entry, not even an expired one. */
  #endOf(key: string): number | undefined {
    const { entries, lastVersion } = this.#environment;
    return doesExist(entries, key, this.#read) ? lastVersion() : undefined;
  }

  #endAfter(lifetime: Lifetime, before: number): number {
    if (lifetime === 'never') return NEVER;
    if (lifetime === 'keep') return isOver(before, this) ? NEVER : before;
    return 'forMs' in lifetime ? this.now + lifetime.forMs : endByWall(lifetime.until);
  }
}

function damaged(fullKey: string): CorruptStoreValueError {
  return new CorruptStoreValueError(localKey(fullKey));
}

/** lmdb takes the options, its types do not have them. */
function doesExist(entries: object, key: string, read: ReadOptions | undefined): boolean {
  type Exists = (key: string, version: undefined, options: ReadOptions | undefined) => boolean;
  return (entries as { doesExist: Exists }).doesExist(key, undefined, read);
}
