// What a procedure sees of entries in memory: what there is, and on top of it what it has changed itself.
import type { Entry, KeysOptions, Transaction } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';

export class MemoryTransaction implements Transaction {
  readonly now: number;
  /** In the order of the first change of each key; `undefined` is removed. */
  readonly changes = new Map<string, Entry | undefined>();
  readonly #entries: ReadonlyMap<string, Entry>;

  /** @param now milliseconds since the epoch. */
  constructor(entries: ReadonlyMap<string, Entry>, now: number) {
    this.#entries = entries;
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
    const keys = this.#within(from, to).sort(byBytes);
    if (reverse) keys.reverse();
    return keys.slice(offset, offset + limit);
  }

  countKeys(from: string, to: string): number {
    return this.#within(from, to).length;
  }

  /** Looks at all keys: it is as fast as the tests need that it is there for. */
  #within(from: string, to: string): string[] {
    const isWithin = (key: string): boolean => byBytes(from, key) <= 0 && byBytes(key, to) < 0;
    const unchanged = [...this.#entries.keys()].filter((key) => !this.changes.has(key));
    return [...unchanged, ...this.changes.keys()].filter((key) => isWithin(key) && this.has(key));
  }

  #end(key: string, lifetime: Lifetime): number {
    if (lifetime === 'never') return Number.POSITIVE_INFINITY;
    if (lifetime === 'keep') return this.entry(key)?.expiresAt ?? Number.POSITIVE_INFINITY;
    return 'forMs' in lifetime ? this.now + lifetime.forMs : lifetime.until;
  }
}

/** In the order of UTF-8, which is not that of JavaScript where there are surrogates. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
