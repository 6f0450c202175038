/**
 * One process at a time makes a new entry for a key. The others show the old one meanwhile; if they must not, they wait for the new
 * one, for as long as a renewal may take.
 */
import { sleep } from '@muster/codec/timers';
import type { StoreView } from '@muster/store';
import type { AdapterOptions } from '../shared/options.js';

/** A process that has not renewed the entry by then is not waited for any more. */
const RENEWAL_MS = 5000;
const LOOK_EVERY_MS = 20;

export class Renewals {
  readonly #claims: StoreView<number>;

  constructor({ store, namespace = 'next' }: AdapterOptions) {
    this.#claims = store.namespace<number>(`${namespace}:renewals`, { ttlMs: RENEWAL_MS });
  }

  /** Whether it is up to this process. */
  claim(key: string): Promise<boolean> {
    return this.#claims.set(key, 1, { ifAbsent: true });
  }

  /** The new entry is there. */
  async done(key: string): Promise<void> {
    await this.#claims.delete(key);
  }

  /** Resolves when the process whose turn it is has finished, or has had its time. */
  async ended(key: string): Promise<void> {
    while (await this.#claims.has(key)) await sleep(LOOK_EVERY_MS);
  }
}
