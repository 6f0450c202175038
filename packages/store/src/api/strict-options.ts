// The names of all options of the store, and the names that other stores have for them.
import { type OptionAliases, optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from '../errors.js';

const IN_MS = ', in milliseconds?';
const IN_MS_FOR_SECONDS = ', in milliseconds: 1000 for each second?';
const TTL = ['ttlMs', IN_MS] as const;
const EXPIRES_AT = ['expiresAt', ', in milliseconds since 1970?'] as const;
const BURST = ['burst'] as const;
const LIMIT = ['limit'] as const;
const PERIOD = ['periodMs', IN_MS] as const;
const PREFIX = ['prefix', '? There are no patterns; a prefix is text'] as const;
const URL = ['url'] as const;

/** For each alias the options that it may mean: the first one that the call knows. */
const ALIASES: OptionAliases = {
  ttl: [TTL],
  ttlSeconds: [['ttlMs', IN_MS_FOR_SECONDS]],
  expire: [TTL],
  expires: [TTL, EXPIRES_AT],
  expiresIn: [TTL],
  expiration: [TTL],
  expiry: [TTL],
  maxAge: [TTL],
  EX: [['ttlMs', IN_MS_FOR_SECONDS]],
  ex: [['ttlMs', IN_MS_FOR_SECONDS]],
  PX: [TTL],
  px: [TTL],
  EXAT: [EXPIRES_AT],
  PXAT: [EXPIRES_AT],
  NX: [['ifAbsent']],
  nx: [['ifAbsent']],
  XX: [['ifPresent']],
  xx: [['ifPresent']],
  lock: [['fence']],
  wait: [['waitMs', IN_MS]],
  timeout: [
    ['waitMs', IN_MS],
    ['deadlineMs', IN_MS],
    ['loadTimeoutMs', IN_MS],
  ],
  timeoutMs: [['waitMs'], ['deadlineMs'], ['loadTimeoutMs']],
  lease: [TTL],
  leaseMs: [['ttlMs']],
  abortSignal: [['signal']],
  controller: [['signal', ': controller.signal?']],
  count: [['permits']],
  concurrency: [['permits']],
  max: [['permits'], LIMIT, ['maxEntries']],
  stale: [
    ['staleMs', IN_MS],
    ['maxStaleMs', IN_MS],
  ],
  local: [['near']],
  memory: [['near']],
  staleWhileRevalidate: [['staleMs', IN_MS]],
  swr: [['staleMs', IN_MS]],
  grace: [['graceMs', IN_MS]],
  staleIfError: [['graceMs', IN_MS]],
  negativeTtl: [['negativeTtlMs', IN_MS]],
  tag: [['tags', ', an array?']],
  points: [LIMIT],
  requests: [LIMIT],
  capacity: [BURST],
  duration: [PERIOD],
  window: [PERIOD],
  windowMs: [['periodMs']],
  interval: [PERIOD],
  pattern: [PREFIX],
  match: [PREFIX],
  MATCH: [PREFIX],
  uri: [URL],
  connectionString: [URL],
  path: [['url', ": 'lmdb:' and the path?"]],
  file: [['url', ": 'lmdb:' and the path?"]],
  dir: [['url', ": 'lmdb:' and the path?"]],
  host: [['url', ": 'redis://host:port'?"]],
  port: [['url', ": 'redis://host:port'?"]],
  client: [['redis', ', an ioredis client or a URL?']],
  connection: [['redis', ', an ioredis client or a URL?']],
  redisClient: [['redis', ', an ioredis client or a URL?']],
  driver: [['engine']],
  adapter: [['engine']],
  namespace: [['keyPrefix', '? There is store.namespace(name), too']],
  prefix: [['keyPrefix']],
  maxSize: [['maxBytes'], ['maxValueBytes']],
  fsync: [['durability', ": 'disk'?"]],
  sync: [['durability', ": 'disk'?"]],
};

interface OptionSet {
  readonly known: ReadonlySet<string>;
  readonly aliases: OptionAliases;
  readonly meant?: (value: unknown) => string | undefined;
}

function optionSet(names: readonly string[], meant?: OptionSet['meant']): OptionSet {
  const known = new Set(names);
  return meant ? { known, aliases: ALIASES, meant } : { known, aliases: ALIASES };
}

/** For a number, as in `set(key, value, 5000)`, or a word, as in `set(key, value, 'EX', 60)`. */
function meantTtl(value: unknown): string | undefined {
  if (typeof value === 'number') return `did you mean { ttlMs: ${value} }, in milliseconds?`;
  if (typeof value !== 'string') return undefined;
  const [meant] = (Object.hasOwn(ALIASES, value) && ALIASES[value]) || [];
  return meant && `did you mean { ${meant[0]} }${meant[1] ?? '?'}`;
}

function meantWait(value: unknown): string | undefined {
  return typeof value === 'number'
    ? `did you mean { waitMs: ${value} }, or ttlMs, in milliseconds?`
    : undefined;
}

function meantPrefix(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const prefix = value.replace(/\*.*$/s, '');
  const hint = `did you mean { prefix: ${JSON.stringify(prefix)} }?`;
  return value === prefix ? hint : `${hint} There are no patterns`;
}

/** The value stays out of the message: it may hold a password. */
function meantStore(value: unknown): string | undefined {
  if (typeof value === 'string') return 'a text; give { url: … }';
  const { duplicate } = (value ?? {}) as { duplicate?: unknown };
  return typeof duplicate === 'function' ? 'a client; give { redis: client }' : undefined;
}

const EXPIRY = ['ttlMs', 'expiresAt'] as const;

export const OPTIONS = {
  store: optionSet([
    'url',
    'redis',
    'engine',
    'keyPrefix',
    'deadlineMs',
    'maxValueBytes',
    'maxBytes',
    'durability',
    'checksums',
  ]),
  inMemory: optionSet(['kind', 'load', 'commit', 'close']),
  namespace: optionSet(['ttlMs', 'evictable', 'near'], meantTtl),
  near: optionSet(['maxEntries', 'maxStaleMs']),
  set: optionSet([...EXPIRY, 'ifAbsent', 'ifPresent', 'fence'], meantTtl),
  expiry: optionSet(EXPIRY, meantTtl),
  increment: optionSet(['ttlMs', 'min', 'max', 'withTtl'], meantTtl),
  iterate: optionSet(['prefix'], meantPrefix),
  watchTarget: optionSet(['key', 'prefix'], (value) =>
    typeof value === 'string' ? `did you mean { key: ${JSON.stringify(value)} }?` : undefined,
  ),
  watch: optionSet(['signal']),
  lock: optionSet(['ttlMs', 'waitMs', 'signal'], meantWait),
  leader: optionSet(['ttlMs', 'signal'], meantTtl),
  semaphore: optionSet(['permits'], (value) =>
    typeof value === 'number' ? `did you mean { permits: ${value} }?` : undefined,
  ),
  rateLimit: optionSet(['limit', 'periodMs', 'burst']),
  cache: optionSet(
    ['ttlMs', 'staleMs', 'graceMs', 'negativeTtlMs', 'loadTimeoutMs', 'near'],
    meantTtl,
  ),
  sortedRank: optionSet(['reverse']),
  sortedCount: optionSet(['min', 'max']),
  scoreRange: optionSet(['by', 'min', 'max', 'reverse', 'limit']),
  range: optionSet(['by', 'min', 'max', 'start', 'reverse', 'limit']),
  rankRange: optionSet(['by', 'start', 'reverse', 'limit']),
  acquire: optionSet(['cost', 'waitMs', 'signal'], meantWait),
  cacheGet: optionSet(['signal', 'tags', 'ttlMs'], meantTtl),
  cacheSet: optionSet(['tags', 'ttlMs'], meantTtl),
  procedure: optionSet(['name', 'access', 'embedded', 'redis']),
  procedureOnRedis: optionSet(['lua', 'args', 'reply']),
} as const satisfies Record<string, OptionSet>;

/**
 * Refuses options that are not an object, and unknown names. `undefined` is accepted.
 *
 * @param what the call, such as `set()`.
 * @throws InvalidOptionError
 */
export function checkOptions(what: string, options: unknown, names: OptionSet): void {
  if (options !== undefined) checkGiven(what, options, names);
}

/** Like `checkOptions`, but refuses `undefined`. */
export function checkGiven(what: string, options: unknown, names: OptionSet): void {
  const meant = names === OPTIONS.store ? meantStore(options) : undefined;
  const fault = meant
    ? `${what} takes an object of options, and not ${meant}`
    : optionsFault(what, options, names);
  if (fault !== undefined) throw new InvalidOptionError(fault);
}

/** @throws InvalidOptionError */
export function checkFlag(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new InvalidOptionError(`${name} is true or false, and not ${shown(value)}`);
}
