// Which options there are, and which one a caller probably meant.
import { InvalidArgumentError } from '@muster/store';

const STORE_OPTIONS = [
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
] as const;

const GIVE_A_STORE = 'give store: createSharedStore({ redis }), with an ioredis client or a URL';

/** What other session stores call it (connect-redis, connect-mongo, koa-redis), and what it is here. */
const CALLED_ELSEWHERE = new Map([
  ['ttl', 'did you mean ttlMs, in milliseconds?'],
  ['maxAge', 'did you mean ttlMs? A cookie has its maxAge in the options of the framework'],
  ['touchAfter', 'did you mean touchAfterMs, in milliseconds?'],
  ['disableTouch', 'did you mean touchAfterMs: Infinity?'],
  ['disableTTL', 'did you mean ttlMs: Infinity?'],
  ['secret', 'did you mean secrets? The secret of the cookie is for the framework'],
  ['keyPrefix', 'did you mean prefix?'],
  ['serializer', 'sessions are stored as JSON; leave it out'],
  ['scanCount', 'leave it out'],
  ['client', GIVE_A_STORE],
  ['redis', GIVE_A_STORE],
  ['redisClient', GIVE_A_STORE],
  ['url', 'give store: createSharedStore({ url })'],
]);

/** @throws InvalidArgumentError where this is no object of options, or has one that there is not. */
export function checkStoreOptions(options: unknown): void {
  const what = 'createSessionStore()';
  if (typeof options === 'function') {
    throw new InvalidArgumentError(
      `${what} takes options, and was given a function; write createSessionStore(), without the session middleware`,
    );
  }
  if (typeof options === 'string') {
    throw new InvalidArgumentError(
      `${what} takes options, and was given a string; ${CALLED_ELSEWHERE.get('url')}`,
    );
  }
  if (isStore(options)) {
    throw new InvalidArgumentError(`${what} takes options, and was given a store; write { store }`);
  }
  if (isRedisClient(options)) {
    throw new InvalidArgumentError(
      `${what} takes options, and was given a client of Redis; ${GIVE_A_STORE}`,
    );
  }
  checkNames(what, options, STORE_OPTIONS, CALLED_ELSEWHERE);
}

/**
 * @param what takes them, for the message.
 * @throws InvalidArgumentError
 */
export function checkNames(
  what: string,
  options: unknown,
  known: readonly string[],
  hints: ReadonlyMap<string, string> = new Map(),
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(
      `${what} takes an object of options, and not ${kindOf(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const hint = hints.get(name) ?? nearest(name, known) ?? `there are ${known.join(', ')}`;
    throw new InvalidArgumentError(`${what} has no option ${JSON.stringify(name)}; ${hint}`);
  }
}

/** @throws InvalidArgumentError where it is not what createSharedStore() makes. */
export function checkStore(store: unknown): void {
  if (store === undefined || isStore(store)) return;
  const hint = isRedisClient(store) ? GIVE_A_STORE : 'give what createSharedStore() returns';
  throw new InvalidArgumentError(`A session store's store is no shared store; ${hint}`);
}

/** @throws InvalidArgumentError where it names no user. */
export function checkUser(userId: unknown): void {
  if (typeof userId === 'string') return;
  throw new InvalidArgumentError(
    `A user is named by a string, and not by ${kindOf(userId)}; give String(id), as userId() does`,
  );
}

/** @throws InvalidArgumentError */
export function checkRevokeOptions(options: unknown): void {
  checkNames('revokeUser()', options, ['except']);
  const { except } = options as { except?: unknown };
  if (except === undefined || typeof except === 'string') return;
  throw new InvalidArgumentError(
    `The option except of revokeUser() is the id of a session, and not ${kindOf(except)}`,
  );
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`;
}

function isStore(value: unknown): boolean {
  const { namespace, withLock } = (value ?? {}) as Record<string, unknown>;
  return typeof namespace === 'function' && typeof withLock === 'function';
}

/** Of node-redis or ioredis. */
function isRedisClient(value: unknown): boolean {
  const { sendCommand, duplicate } = (value ?? {}) as Record<string, unknown>;
  return typeof sendCommand === 'function' && typeof duplicate === 'function';
}

/** One that differs in case, in an ending, or in a letter or two. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({
      candidate,
      distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((one, other) => one.distance - other.distance);
  return best && best.distance <= 2 ? `did you mean ${best.candidate}?` : undefined;
}

/** Levenshtein's: how many letters to add, remove or replace. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
