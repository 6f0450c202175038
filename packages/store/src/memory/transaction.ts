// What a procedure sees of entries in memory: what there is, and on top of it what it has changed itself.
import type { Entry, Transaction } from '../engine.js';
import type { Lifetime } from '../lifetime.js';

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

  #end(key: string, lifetime: Lifetime): number {
    if (lifetime === 'never') return Number.POSITIVE_INFINITY;
    if (lifetime === 'keep') return this.entry(key)?.expiresAt ?? Number.POSITIVE_INFINITY;
    return 'forMs' in lifetime ? this.now + lifetime.forMs : lifetime.until;
  }
}
