// Checks names and arguments, and says which option a caller probably meant.
import { type OptionNames, optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from '@muster/store';

const GIVE_A_STORE = 'give store: createSharedStore({ redis }), with an ioredis client or a URL';
const GIVE_A_URL = 'give store: createSharedStore({ url })';

/** Longer than any session. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER;

const STORE_OPTIONS = namesOf(
  'store',
  'prefix',
  'ttlMs',
  'touchAfterMs',
  'onUnavailable',
  'userId',
  'conflict',
  'secrets',
  'acceptUnsealed',
  'format',
);

/** Options of other session stores (connect-redis, connect-mongo, koa-redis), each with what it is called here. */
const CALLED_ELSEWHERE: Readonly<Record<string, string>> = {
  ttl: 'did you mean ttlMs, in milliseconds?',
  maxAge: 'did you mean ttlMs? A cookie has its maxAge in the options of the framework',
  touchAfter: 'did you mean touchAfterMs, in milliseconds?',
  disableTouch: 'did you mean touchAfterMs: Infinity?',
  disableTTL: 'did you mean ttlMs: Infinity?',
  secret: 'did you mean secrets? The secret of the cookie is for the framework',
  keyPrefix: 'did you mean prefix?',
  serializer: 'sessions are stored as JSON; leave it out',
  scanCount: 'leave it out',
  client: GIVE_A_STORE,
  redis: GIVE_A_STORE,
  redisClient: GIVE_A_STORE,
  url: GIVE_A_URL,
};

/**
 * @param caller such as `createSessionStore()`.
 * @throws InvalidOptionError if this is not an object of options, or has an unknown one.
 */
export function checkStoreOptions(caller: string, options: unknown): void {
  const refusal = refusalOf(caller, options);
  if (refusal) throw new InvalidOptionError(`${caller} takes options, and was given ${refusal}`);
  check(caller, options, { ...STORE_OPTIONS, advice: CALLED_ELSEWHERE });
}

/** What a caller gave in place of options. */
function refusalOf(caller: string, options: unknown): string | undefined {
  if (typeof options === 'function') {
    return `a function; write ${caller}, without the session middleware`;
  }
  if (typeof options === 'string') return `a string; ${GIVE_A_URL}`;
  if (isStore(options)) return 'a store; write { store }';
  return isRedisClient(options) ? `a client of Redis; ${GIVE_A_STORE}` : undefined;
}

/** @throws InvalidOptionError */
export function checkFormat(format: unknown): void {
  check('format', format, namesOf('from', 'prefix'));
}

/** @throws InvalidOptionError if createSharedStore() did not make it. */
export function checkStore(store: unknown): void {
  if (store === undefined || isStore(store)) return;
  const hint = isRedisClient(store) ? GIVE_A_STORE : 'give what createSharedStore() returns';
  throw new InvalidOptionError(`A session store's store is no shared store; ${hint}`);
}

/** @throws InvalidOptionError if it cannot be the id of a session. */
export function checkId(id: unknown): asserts id is string {
  if (typeof id === 'string') return;
  throw new InvalidOptionError(`A session has text as its id, and not ${shown(id)}`);
}

/**
 * @param extra arguments beyond those that the call takes.
 * @param advice the end of the message.
 * @throws InvalidOptionError
 */
export function refuseExtra(caller: string, extra: readonly unknown[], advice: string): void {
  const given = extra.find((argument) => argument !== undefined);
  if (given === undefined) return;
  const noCallback =
    typeof given === 'function' ? '; it calls nobody back, and gives a promise' : '';
  throw new InvalidOptionError(
    `${caller} was given ${shown(given)}, which it does not take: ${advice}${noCallback}`,
  );
}

/** @throws InvalidOptionError if it cannot name a user. */
export function checkUser(userId: unknown): void {
  if (typeof userId === 'string') return;
  throw new InvalidOptionError(
    `A user is named by a string, and not by ${shown(userId)}; give String(id), as userId() does`,
  );
}

/** @throws InvalidOptionError */
export function checkRevokeOptions(options: unknown): void {
  check('revokeUser()', options, namesOf('except'));
  const { except } = options as { except?: unknown };
  if (except === undefined || typeof except === 'string') return;
  throw new InvalidOptionError(
    `The option except of revokeUser() is the id of a session, and not ${shown(except)}`,
  );
}

/** @returns milliseconds. @throws InvalidOptionError */
export function graceOf(options: unknown): number {
  check('regenerate()', options, {
    ...namesOf('graceMs'),
    aliases: { grace: [['graceMs', ', in milliseconds?']] },
  });
  const { graceMs = 0 } = options as { graceMs?: unknown };
  if (typeof graceMs === 'number' && graceMs >= 0 && graceMs <= LONGEST_MS) return graceMs;
  throw new InvalidOptionError(
    `graceMs is a number of milliseconds of at least 0, and not ${shown(graceMs)}`,
  );
}

function namesOf(...names: string[]): OptionNames {
  return { known: new Set(names) };
}

function check(caller: string, options: unknown, names: OptionNames): void {
  const fault = optionsFault(caller, options, names);
  if (fault !== undefined) throw new InvalidOptionError(fault);
}

function isStore(value: unknown): boolean {
  const { namespace, withLock } = (value ?? {}) as Record<string, unknown>;
  return typeof namespace === 'function' && typeof withLock === 'function';
}

/** Whether it is a client of node-redis or ioredis. */
function isRedisClient(value: unknown): boolean {
  const { sendCommand, duplicate } = (value ?? {}) as Record<string, unknown>;
  return typeof sendCommand === 'function' && typeof duplicate === 'function';
}
