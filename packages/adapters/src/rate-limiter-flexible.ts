// A limiter of rate-limiter-flexible whose points are in a shared store.
import { shown } from '@muster/codec/options';
import { InvalidOptionError, type StoreView } from '@muster/store';
import type {
  IRateLimiterStoreOptions,
  RateLimiterRes,
  RateLimiterStoreAbstract,
} from 'rate-limiter-flexible';
import { storeKey } from './shared/keys.js';
import { numberOf } from './shared/numbers.js';
import { type AdapterOptions, checkAdapterOptions } from './shared/options.js';
import { requirePeer } from './shared/peer.js';

/** Not of the library's door, which has no base class of its limiters. */
function part<Class>(name: string): Class {
  return requirePeer('rate-limiter-flexible', `rate-limiter-flexible/lib/${name}`);
}

const Limiter = part<typeof RateLimiterStoreAbstract>('RateLimiterStoreAbstract');
const Result = part<typeof RateLimiterRes>('RateLimiterRes');

/** The options of all limiters of the library that keep points in a store; durations are in seconds there. */
const OPTIONS = [
  ...['points', 'duration', 'blockDuration', 'blockOnConsumed', 'keyPrefix', 'insuranceLimiter'],
  ...['execEvenly', 'execEvenlyMinDelayMs', 'inMemoryBlockOnConsumed', 'inMemoryBlockDuration'],
] as const;

export type RateLimiterOptions = AdapterOptions &
  Pick<IRateLimiterStoreOptions, (typeof OPTIONS)[number] & keyof IRateLimiterStoreOptions>;

/** Points that are consumed, and milliseconds until they come back; `Infinity` if they never do. */
interface Consumed {
  readonly value: number;
  readonly ttlMs: number;
}

/** The library calls its methods: `consume`, `penalty`, `reward`, `block`, `get`, `set` and `delete` are those of all limiters. */
class SharedRateLimiter extends Limiter {
  readonly #consumed: StoreView<number>;

  constructor({ store, namespace = 'rate-limiter-flexible', ...options }: RateLimiterOptions) {
    super({ ...options, storeClient: store } as IRateLimiterStoreOptions);
    this.#consumed = store.namespace<number>(namespace);
  }

  async _upsert(
    key: string,
    given: number,
    durationMs: number,
    isReplaced = false,
  ): Promise<Consumed> {
    const points = wholePoints(given);
    const ttlMs = durationMs > 0 ? durationMs : Number.POSITIVE_INFINITY;
    if (isReplaced) {
      await this.#consumed.set(storeKey(key), points, { ttlMs });
      return { value: points, ttlMs };
    }
    return this.#consumed.increment(storeKey(key), points, { ttlMs, withTtl: true });
  }

  async _get(key: string): Promise<Consumed | null> {
    return (await this.#consumed.getWithTtl(storeKey(key))) ?? null;
  }

  async _delete(key: string): Promise<boolean> {
    return this.#consumed.delete(storeKey(key));
  }

  _getRateLimiterRes(_key: string, changed: number, { value, ttlMs }: Consumed): RateLimiterRes {
    // -1 is what the library says of points that never come back.
    const msBeforeNext = ttlMs === Number.POSITIVE_INFINITY ? -1 : ttlMs;
    const remaining = Math.max(this.points - value, 0);
    return new Result(remaining, msBeforeNext, value, value === wholePoints(changed));
  }
}

/**
 * The part before the decimal point, as in the memory of the library.
 *
 * @throws InvalidOptionError for what is no number, or one that no count reaches exactly.
 */
function wholePoints(given: number): number {
  // Without the sign of -0.
  const points = Math.trunc(numberOf('points', given)) + 0;
  if (Number.isSafeInteger(points)) return points;
  throw new InvalidOptionError(`points are a safe integer, and not ${shown(given)}`);
}

/**
 * A limiter in the place of `RateLimiterRedis` and `RateLimiterMemory`, with their options and calls. Points are counted in one
 * atomic step, and come back to the millisecond. A call rejects with errors of the store, or `insuranceLimiter` takes over. Limiters
 * with the same `namespace` and `keyPrefix` share their points. Fractions of points are cut off; what is no number rejects with
 * InvalidOptionError.
 *
 * @throws InvalidOptionError if an option is not what it should be; what the library throws for values of its options.
 *
 * @example
 * const logins = createRateLimiter({ store, points: 5, duration: 60, blockDuration: 600 });
 * await logins.consume(ip);
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiterStoreAbstract {
  checkAdapterOptions('createRateLimiter()', options, OPTIONS);
  return new SharedRateLimiter(options);
}
