// Stores of express-rate-limit and hono-rate-limiter: fixed windows that all processes count together.
import { timeOfDay } from '@muster/codec/timers';
import type { StoreView } from '@muster/store';
import { storeKey } from './shared/keys.js';
import { type AdapterOptions, checkAdapterOptions } from './shared/options.js';

/** The last moment that a Date can name. */
const END_OF_TIME = 8.64e15;

/** Both libraries have it if an app says nothing. */
const DEFAULT_WINDOW_MS = 60_000;

export interface HitCount {
  totalHits: number;
  /** When the window of the key ends, by the clock of this process. */
  resetTime: Date;
}

/**
 * The window of a key begins with its first hit, and lasts `windowMs` of the limiter. A hit is one atomic step of the store, which
 * counts it and reads when the window ends. All calls reject with errors of the store; `passOnStoreError` of
 * express-rate-limit says whether requests then pass.
 */
export class RateLimitStore {
  /** For the library's check for hits that are counted twice: other instances see the same keys. */
  readonly localKeys = false;
  /** For the same check: what sets the keys of this store apart from those of others. */
  readonly prefix: string;
  readonly #counts: StoreView<number>;
  #windowMs = DEFAULT_WINDOW_MS;

  constructor({ store, namespace = 'express-rate-limit' }: AdapterOptions) {
    this.prefix = namespace;
    this.#counts = store.namespace<number>(namespace);
  }

  /** The library calls it with the options of the limiter. */
  init({ windowMs }: { windowMs: number }): void {
    this.#windowMs = windowMs;
  }

  async get(key: string): Promise<HitCount | undefined> {
    const found = await this.#counts.getWithTtl(storeKey(key));
    return found && hitCount(found.value, found.ttlMs);
  }

  async increment(key: string): Promise<HitCount> {
    const ttlMs = this.#windowMs;
    const counted = await this.#counts.increment(storeKey(key), 1, { ttlMs, withTtl: true });
    return hitCount(counted.value, counted.ttlMs);
  }

  /** Takes a hit back, if the window in which it was counted has not ended. */
  async decrement(key: string): Promise<void> {
    await this.#counts.increment(storeKey(key), -1, { min: 0 });
  }

  async resetKey(key: string): Promise<void> {
    await this.#counts.delete(storeKey(key));
  }

  async resetAll(): Promise<void> {
    await this.#counts.clear();
  }
}

/**
 * A store for `rateLimit({ store })` of express-rate-limit and `rateLimiter({ store })` of hono-rate-limiter. Each limiter needs a
 * store of its own, with a `namespace` of its own if they are to count apart.
 *
 * @throws InvalidOptionError if an option is not what it should be.
 *
 * @example
 * const logins = rateLimit({
 *   windowMs: 15 * 60_000,
 *   limit: 5,
 *   store: createRateLimitStore({ store, namespace: 'logins' }),
 * });
 */
export function createRateLimitStore(options: AdapterOptions): RateLimitStore {
  checkAdapterOptions('createRateLimitStore()', options);
  return new RateLimitStore(options);
}

function hitCount(totalHits: number, ttlMs: number): HitCount {
  return { totalHits, resetTime: new Date(Math.min(timeOfDay() + ttlMs, END_OF_TIME)) };
}
