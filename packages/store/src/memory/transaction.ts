// What a procedure sees of entries in memory: what there is, and on top of it what it has changed itself.
import type { Entry, KeysOptions, Transaction } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import { byBytes, type OrderedKeys } from './ordered-keys.js';

export class MemoryTransaction implements Transaction {
  readonly now: number;
  /** In the order of the first change of each key; `undefined` is removed. */
  readonly changes = new Map<string, Entry | undefined>();
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #order: () => OrderedKeys;

  /** @param order of the keys of all entries. @param now milliseconds since the epoch. */
  constructor(entries: ReadonlyMap<string, Entry>, order: () => OrderedKeys, now: number) {
    this.#entries = entries;
    this.#order = order;
    this.now = now;
  }

  get wall(): number {
    return this.now;
  }

  get(key: string): string | undefined {
    return this.entry(key)?.text;
  }

  entry(key: string): Entry | undefined {
    const entry = this.changes.has(key) ? this.changes.get(key) : this.#entries.get(key);
    return entry && entry.expiresAt > this.now ? entry : undefined;
  }

  has(key: string): boolean {
    return this.entry(key) !== undefined;
  }

  put(key: string, text: string, lifetime: Lifetime): void {
    const expiresAt = this.#end(key, lifetime);
    this.changes.set(key, expiresAt > this.now ? { text, expiresAt } : undefined);
  }

  delete(key: string): boolean {
    const wasThere = this.has(key);
    this.changes.set(key, undefined);
    return wasThere;
  }

  keys(from: string, to: string, { reverse, offset, limit }: KeysOptions): string[] {
    const keys: string[] = [];
    let skipped = 0;
    for (const key of this.#within(from, to, reverse)) {
      if (keys.length >= limit) break;
      if (skipped < offset) skipped++;
      else keys.push(key);
    }
    return keys;
  }

  countKeys(from: string, to: string): number {
    return [...this.#within(from, to, false)].length;
  }

  /** What was there and what was put meanwhile, each in its order, as one. */
  *#within(from: string, to: string, reverse: boolean): Generator<string> {
    const order = reverse ? (a: string, b: string) => byBytes(b, a) : byBytes;
    const isWithin = (key: string): boolean => byBytes(from, key) <= 0 && byBytes(key, to) < 0;
    const put = [...this.changes.keys()]
      .filter((key) => isWithin(key) && this.has(key))
      .sort(order);
    for (const key of this.#order().within(from, to, reverse)) {
      if (this.changes.has(key) || !this.has(key)) continue;
      while (put[0] !== undefined && order(put[0], key) < 0) yield put.shift() ?? '';
      yield key;
    }
    yield* put;
  }

  #end(key: string, lifetime: Lifetime): number {
    if (lifetime === 'never') return Number.POSITIVE_INFINITY;
    if (lifetime === 'keep') return this.entry(key)?.expiresAt ?? Number.POSITIVE_INFINITY;
    return 'forMs' in lifetime ? this.now + lifetime.forMs : lifetime.until;
  }
}
