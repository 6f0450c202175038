// The store of @fastify/rate-limit: windows that all processes count together, with the plugin's ways to extend them.
import type { StoreView } from '@muster/store';
import { defineProcedure, integer, tuple } from '@muster/store/procedures';
import { scopedKey } from './shared/keys.js';
import { LONGEST_MS, wholeNumber } from './shared/numbers.js';
import { type AdapterOptions, checkAdapterOptions } from './shared/options.js';

export interface RateLimitResult {
  /** Hits of the window, this one included. */
  current: number;
  /** Milliseconds until the window ends. */
  ttl: number;
}

type Callback = (error: Error | null, result?: RateLimitResult) => void;

/** What of the plugin's options, or of a route's, concerns the store. */
interface LimiterOptions {
  continueExceeding?: boolean;
  exponentialBackoff?: boolean;
  max?: unknown;
  timeWindow?: unknown;
  routeInfo?: { method?: string | string[]; url?: string };
}

/** What a hit above the limit does with the end of the window: nothing, begin it anew, or double it each time. */
type WhenExceeded = 'keep' | 'restart' | 'back off';

interface Hit {
  readonly windowMs: number;
  readonly max: number;
  readonly whenExceeded: WhenExceeded;
}

/** KEYS: the count. ARGV: the window; max; what exceeding does; the longest time. Returns the count, and how long it has left. */
const countHit = defineProcedure<Hit, RateLimitResult>({
  name: 'fastify-rate-limit',
  embedded(transaction, [key = ''], { windowMs, max, whenExceeded }) {
    const entry = transaction.entry(key);
    const current = Number(entry?.text ?? 0) + 1;
    if (entry && (whenExceeded === 'keep' || current <= max)) {
      transaction.put(key, String(current), 'keep');
      return { current, ttl: entry.expiresAt - transaction.now };
    }
    const doublings = whenExceeded === 'back off' ? Math.max(current - max - 1, 0) : 0;
    const ttl = Math.min(windowMs * 2 ** doublings, LONGEST_MS);
    transaction.put(key, String(current), { forMs: ttl });
    return { current, ttl };
  },
  redis: {
    // Redis gets one millisecond less than meant: it keeps a key until the clock is past its time.
    lua: `local current, max = redis.call('INCR', KEYS[1]), tonumber(ARGV[2])
if current > 1 and (ARGV[3] == 'keep' or current <= max) then
  return { current, redis.call('PTTL', KEYS[1]) + 1 }
end
local doublings = ARGV[3] == 'back off' and math.max(current - max - 1, 0) or 0
local ms = math.min(ARGV[1] * 2 ^ doublings, tonumber(ARGV[4]))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(ms - 1, 1)))
return { current, ms }`,
    args: ({ windowMs, max, whenExceeded }) => [windowMs, max, whenExceeded, LONGEST_MS],
    reply(raw) {
      const [current, ttl] = tuple(raw, 2);
      return { current: integer(current), ttl: integer(ttl) };
    },
  },
});

/** What the plugin makes of the class, and of it for each route with limits of its own. */
export class RateLimitStore {
  readonly #counts: StoreView<number>;
  readonly #scope: string;
  readonly #whenExceeded: WhenExceeded;

  /** @param scope the counts of a route, or of several limiters with the same rule. */
  constructor(counts: StoreView<number>, options: object, scope: string) {
    this.#counts = counts;
    this.#scope = scope;
    this.#whenExceeded = whenExceededOf(options);
  }

  /** One atomic step: counts a hit, and says when the window ends. */
  incr(key: string, callback: Callback, timeWindow = 60_000, max = 1_000): void {
    const hit: Hit = {
      windowMs: wholeNumber(timeWindow, 1),
      max: wholeNumber(max, 0),
      whenExceeded: this.#whenExceeded,
    };
    this.#count(key, hit).then(
      (result) => callback(null, result),
      (error) => callback(error),
    );
  }

  /** The same without counting. No window: no hits, and no milliseconds. */
  read(key: string, callback: Callback): void {
    this.#window(key).then(
      (result) => callback(null, result),
      (error) => callback(error),
    );
  }

  /** @param options the plugin's, merged with those of the route. */
  child(options: object): RateLimitStore {
    return new RateLimitStore(this.#counts, options, scopeOf(options));
  }

  // They are async so that a key that is none rejects, too.

  async #count(key: string, hit: Hit): Promise<RateLimitResult> {
    return countHit(this.#counts, [scopedKey(this.#scope, key)], hit);
  }

  async #window(key: string): Promise<RateLimitResult> {
    const found = await this.#counts.getWithTtl(scopedKey(this.#scope, key));
    return { current: found?.value ?? 0, ttl: found?.ttlMs ?? 0 };
  }
}

/**
 * A class for `store` of @fastify/rate-limit. Routes with limits of their own count for themselves, and so do limiters of
 * `createRateLimit({ max, timeWindow })`, by these two. `continueExceeding`, `exponentialBackoff`, `ban` and `groupId` are those
 * of the plugin. Errors of the store go to the plugin: `skipOnError` says whether requests then pass.
 *
 * @throws InvalidOptionError if an option is not what it should be.
 *
 * @example
 * await fastify.register(rateLimit, { max: 100, timeWindow: '1 minute', store: createRateLimitStore({ store }) });
 */
export function createRateLimitStore(
  options: AdapterOptions,
): new (
  options: object,
) => RateLimitStore {
  checkAdapterOptions('createRateLimitStore()', options);
  const { store, namespace = 'fastify-rate-limit' } = options;
  const counts = store.namespace<number>(namespace);
  return class extends RateLimitStore {
    constructor(limiter: object) {
      super(counts, limiter, '');
    }
  };
}

function whenExceededOf({ continueExceeding, exponentialBackoff }: LimiterOptions): WhenExceeded {
  if (continueExceeding) return 'restart';
  return exponentialBackoff ? 'back off' : 'keep';
}

/** Equal in all workers, in whatever order each of them made its limiters. */
function scopeOf({ routeInfo: { method, url } = {}, max, timeWindow }: LimiterOptions): string {
  if (url !== undefined) return `${method} ${url}`;
  return [max, timeWindow].map((it) => (typeof it === 'number' ? it : 'by request')).join(' in ');
}
