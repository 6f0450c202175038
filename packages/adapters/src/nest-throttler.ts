// The storage of @nestjs/throttler: fixed windows, and blocks, that all processes share.
import { defineProcedure, integer, tuple } from '@muster/store/procedures';
import { scopedKey } from './shared/keys.js';
import { amountOf, numberOf, wholeNumber } from './shared/numbers.js';
import { type AdapterOptions, checkAdapterOptions } from './shared/options.js';

export interface ThrottlerRecord {
  totalHits: number;
  /** Seconds until the window, or the block, ends. */
  timeToExpire: number;
  isBlocked: boolean;
  /** Seconds; 0 if it is not blocked. */
  timeToBlockExpire: number;
}

export interface ThrottlerStorage {
  /**
   * The times are in milliseconds. Rejects with InvalidOptionError if one is no number, or negative, and with errors of the store.
   */
  increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord>;
}

interface Hit {
  readonly windowMs: number;
  readonly limit: number;
  /** 0: nothing is blocked for longer than the window. */
  readonly blockMs: number;
}

interface Counted {
  readonly hits: number;
  readonly isBlocked: boolean;
  readonly leftMs: number;
}

/**
 * The entry is the number of hits, or, negative, the number of hits that led to a block. It ends with the window or the block; what
 * comes then begins anew. Hits that are refused are not written.
 *
 * KEYS: the entry. ARGV: the window; the limit; the block. Returns the hits, 1 for a block, and how long the entry has left.
 */
const countHit = defineProcedure<Hit, Counted>({
  name: 'nest-throttler',
  embedded(transaction, [key = ''], { windowMs, limit, blockMs }) {
    const entry = transaction.entry(key);
    const before = Number(entry?.text ?? 0);
    const leftMs = entry ? entry.expiresAt - transaction.now : windowMs;
    if (before < 0) return { hits: -before, isBlocked: true, leftMs };
    const hits = before + 1;
    if (hits <= limit) {
      transaction.put(key, String(hits), entry ? 'keep' : { forMs: windowMs });
      return { hits, isBlocked: false, leftMs };
    }
    if (blockMs === 0) return { hits, isBlocked: true, leftMs };
    transaction.put(key, String(-hits), { forMs: blockMs });
    return { hits, isBlocked: true, leftMs: blockMs };
  },
  redis: {
    // Redis gets one millisecond less than meant: it keeps a key until the clock is past its time.
    lua: `local text = redis.call('GET', KEYS[1])
local before, left = tonumber(text or 0), tonumber(ARGV[1])
if text then left = redis.call('PTTL', KEYS[1]) + 1 end
if before < 0 then return { -before, 1, left } end
local hits = before + 1
if hits <= tonumber(ARGV[2]) then
  if text then redis.call('INCR', KEYS[1])
  else redis.call('SET', KEYS[1], 1, 'PX', math.max(ARGV[1] - 1, 1)) end
  return { hits, 0, left }
end
if ARGV[3] == '0' then return { hits, 1, left } end
redis.call('SET', KEYS[1], -hits, 'PX', math.max(ARGV[3] - 1, 1))
return { hits, 1, tonumber(ARGV[3]) }`,
    args: ({ windowMs, limit, blockMs }) => [windowMs, limit, blockMs],
    reply(raw) {
      const [hits, isBlocked, leftMs] = tuple(raw, 3);
      return { hits: integer(hits), isBlocked: integer(isBlocked) === 1, leftMs: integer(leftMs) };
    },
  },
});

/**
 * A storage for `ThrottlerModule.forRoot({ storage })`. A window begins with its first hit, and lasts `ttl`. A hit above the limit
 * blocks the key for `blockDuration`, which is `ttl` if an app says nothing; hits of that time are refused and not counted. Each
 * hit is one atomic step of the store.
 *
 * @throws InvalidOptionError if an option is not what it should be.
 *
 * @example
 * ThrottlerModule.forRoot({
 *   throttlers: [{ ttl: seconds(60), limit: 100 }],
 *   storage: createThrottlerStorage({ store }),
 * });
 */
export function createThrottlerStorage(options: AdapterOptions): ThrottlerStorage {
  checkAdapterOptions('createThrottlerStorage()', options);
  const { store, namespace = 'nest-throttler' } = options;
  const counts = store.namespace<number>(namespace);
  return {
    async increment(key, ttl, limit, blockDuration, throttlerName) {
      const { hits, isBlocked, leftMs } = await countHit(counts, [scopedKey(throttlerName, key)], {
        windowMs: wholeNumber(amountOf('ttl', ttl), 1),
        limit: wholeNumber(numberOf('limit', limit), 0),
        blockMs: wholeNumber(amountOf('blockDuration', blockDuration), 0),
      });
      const seconds = Math.ceil(leftMs / 1_000);
      const timeToBlockExpire = isBlocked ? seconds : 0;
      return { totalHits: hits, timeToExpire: seconds, isBlocked, timeToBlockExpire };
    },
  };
}
