// The secondary storage of better-auth: sessions, verifications and rate limits that all processes share.
import type { Expiry } from '@muster/store';
import { storeKey } from './shared/keys.js';
import { amountOf, numberOf } from './shared/numbers.js';
import { type AdapterOptions, checkAdapterOptions } from './shared/options.js';

/**
 * The times to live are in seconds; without one, or with 0, an entry does not expire. One that is no number rejects with
 * InvalidOptionError.
 */
export interface SecondaryStorage {
  get(key: string): Promise<string | null>;
  /** What has ended before it is written, by a negative `ttl`, is not kept. */
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Of many calls at once, one gets the value: a verification is used once. */
  getAndDelete(key: string): Promise<string | null>;
  /** Adds one in an atomic step; the first call of a key starts its time to live, which is not negative. */
  increment(key: string, ttl: number): Promise<number>;
}

/**
 * A `secondaryStorage` for `betterAuth()`.
 *
 * @throws InvalidOptionError if an option is not what it should be.
 *
 * @example
 * const auth = betterAuth({
 *   secondaryStorage: createSecondaryStorage({ store }),
 *   rateLimit: { storage: 'secondary-storage' },
 * });
 */
export function createSecondaryStorage(options: AdapterOptions): SecondaryStorage {
  checkAdapterOptions('createSecondaryStorage()', options);
  const { store, namespace = 'better-auth' } = options;
  const entries = store.namespace<string | number>(namespace);
  return {
    get: async (key) => textOf(await entries.get(storeKey(key))),
    async set(key, value, ttl) {
      await entries.set(storeKey(key), value, expiryOf(numberOf('ttl', ttl ?? 0)));
    },
    async delete(key) {
      await entries.delete(storeKey(key));
    },
    getAndDelete: async (key) => textOf(await entries.getAndDelete(storeKey(key))),
    async increment(key, ttl) {
      return entries.increment(storeKey(key), 1, { ttlMs: ttlMsOf(amountOf('ttl', ttl ?? 0)) });
    },
  };
}

/** Counters are numbers in the store. */
function textOf(entry: string | number | undefined): string | null {
  return entry === undefined ? null : String(entry);
}

/** A time in the past removes the key. */
function expiryOf(seconds: number): Expiry {
  return seconds < 0 ? { expiresAt: 0 } : { ttlMs: ttlMsOf(seconds) };
}

function ttlMsOf(seconds: number): number {
  return seconds > 0 ? seconds * 1_000 : Number.POSITIVE_INFINITY;
}
