// What a procedure sees of the embedded store.
import type { Entry, Transaction } from '../engine.js';
import type { Lifetime } from '../lifetime.js';
import type { Capacity } from './capacity.js';
import type { Environment } from './environment.js';
import type { ExpiryIndex } from './expiry-index.js';

/** Its writes are only possible within lmdb's `transactionSync`. */
export class LmdbTransaction implements Transaction {
  readonly #environment: Environment;
  readonly #index: ExpiryIndex;
  readonly #capacity: Capacity;
  now = 0;

  constructor(environment: Environment, index: ExpiryIndex, capacity: Capacity) {
    this.#environment = environment;
    this.#index = index;
    this.#capacity = capacity;
  }

  /** To be called before each procedure. */
  begin(): this {
    this.now = Date.now();
    return this;
  }

  get(key: string): string | undefined {
    const text = this.#environment.entries.get(key);
    return text !== undefined && this.#isOver(this.#environment.lastVersion()) ? undefined : text;
  }

  entry(key: string): Entry | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    return { text, expiresAt: this.#environment.lastVersion() || Number.POSITIVE_INFINITY };
  }

  has(key: string): boolean {
    return (
      this.#environment.entries.doesExist(key) && !this.#isOver(this.#environment.lastVersion())
    );
  }

  put(key: string, text: string, lifetime: Lifetime): void {
    const { entries, lastVersion } = this.#environment;
    this.#capacity.claim(key, text, this.now);
    if (lifetime === 'never') {
      entries.put(key, text, 0);
      return;
    }
    const before = entries.doesExist(key) ? lastVersion() : 0;
    const after = this.#expiry(lifetime, before);
    if (this.#isOver(after)) {
      this.delete(key);
      return;
    }
    entries.put(key, text, after);
    this.#index.move(key, before, after);
  }

  delete(key: string): boolean {
    const { entries, lastVersion } = this.#environment;
    if (!entries.doesExist(key)) return false;
    const expiry = lastVersion();
    entries.remove(key);
    if (expiry !== 0) this.#index.remove(key, expiry);
    return !this.#isOver(expiry);
  }

  #expiry(lifetime: Exclude<Lifetime, 'never'>, before: number): number {
    if (lifetime === 'keep') return this.#isOver(before) ? 0 : before;
    // An `until` of 0 is over, where the version 0 would mean never.
    return 'forMs' in lifetime ? this.now + lifetime.forMs : Math.max(lifetime.until, 1);
  }

  #isOver(expiry: number): boolean {
    return expiry !== 0 && expiry <= this.now;
  }
}
