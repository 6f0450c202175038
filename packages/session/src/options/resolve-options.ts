// Checks the options of a session store, and gives each its value.
import { InvalidOptionError } from '@muster/store';
import { Seal } from '../secrets/seal.js';
import type { SessionStoreOptions } from '../sessions.js';
import { checkFormat, checkStore, checkStoreOptions } from './checks.js';

const DAY_MS = 86_400_000;

const ON_UNAVAILABLE = ['fail', 'pass-through'];
const CONFLICT = ['later-wins', 'reject'];

export interface ResolvedOptions {
  readonly prefix: string;
  readonly ttlMs: number | ((session: never) => number);
  readonly touchAfterMs: number | undefined;
  readonly passesThrough: boolean;
  readonly rejectsConflicts: boolean;
  readonly seal: Seal | undefined;
  readonly acceptUnsealed: boolean | 'write';
  /** Whether there is an index of users. */
  readonly isIndexed: boolean;
  /** Whether sessions are in the format of connect-redis. */
  readonly isConnectRedis: boolean;
  /** The namespace from which sessions of connect-redis are taken over. */
  readonly migratesFrom: string | undefined;
}

/** @param caller such as `createSessionStore()`. @throws InvalidOptionError */
export function resolveOptions(
  caller: string,
  options: SessionStoreOptions<never>,
): ResolvedOptions {
  checkStoreOptions(caller, options);
  checkStore(options.store);
  const { ttlMs = DAY_MS, touchAfterMs, format, secrets } = options;
  if (typeof ttlMs !== 'function' && !(typeof ttlMs === 'number' && ttlMs > 0)) {
    const wanted = 'a number of milliseconds above 0, or a function from a session to one';
    throw invalid('ttlMs', wanted, ttlMs);
  }
  if (touchAfterMs !== undefined && !(typeof touchAfterMs === 'number' && touchAfterMs >= 0)) {
    throw invalid('touchAfterMs', 'a number of milliseconds of at least 0', touchAfterMs);
  }
  const { onUnavailable = 'fail', conflict = 'later-wins', userId } = options;
  if (!ON_UNAVAILABLE.includes(onUnavailable)) {
    throw invalid('onUnavailable', `one of ${ON_UNAVAILABLE.join(', ')}`, onUnavailable);
  }
  if (!CONFLICT.includes(conflict)) {
    throw invalid('conflict', `one of ${CONFLICT.join(', ')}`, conflict);
  }
  if (userId !== undefined && typeof userId !== 'function') {
    throw invalid('userId', 'a function from a session to the id of its user', userId);
  }
  const isConnectRedis = format === 'connect-redis';
  if (format !== undefined && !isConnectRedis && format?.from !== 'connect-redis') {
    throw invalid('format', "'connect-redis' or { from: 'connect-redis' }", format);
  }
  if (typeof format === 'object') checkFormat(format);
  const { acceptUnsealed = false } = options;
  if (typeof acceptUnsealed !== 'boolean' && acceptUnsealed !== 'write') {
    throw invalid('acceptUnsealed', "true, false or 'write'", acceptUnsealed);
  }
  if (acceptUnsealed && secrets === undefined) {
    throw new InvalidOptionError(
      'Without secrets no session is sealed; give secrets along with acceptUnsealed, or leave it out',
    );
  }
  if (typeof format === 'object' && secrets !== undefined && !acceptUnsealed) {
    throw new InvalidOptionError(
      'What connect-redis stored is not sealed; give acceptUnsealed: true along with secrets while you take it over',
    );
  }
  if (isConnectRedis && (userId || secrets !== undefined)) {
    const reason = 'has no place for an index of users or for encryption';
    throw new InvalidOptionError(
      `The format of connect-redis ${reason}; leave out userId and secrets, or take the sessions over with { from }`,
    );
  }
  return {
    prefix: isConnectRedis
      ? othersNamespace('prefix', options.prefix ?? 'sess')
      : namespaceOf('prefix', options.prefix ?? 'session'),
    ttlMs,
    touchAfterMs,
    passesThrough: onUnavailable === 'pass-through',
    rejectsConflicts: conflict === 'reject',
    seal: secrets === undefined ? undefined : new Seal(secrets),
    acceptUnsealed,
    isIndexed: userId !== undefined,
    isConnectRedis,
    migratesFrom:
      typeof format === 'object'
        ? othersNamespace('format.prefix', format.prefix ?? 'sess')
        : undefined,
  };
}

/** The prefixes of other session stores end with the `:` that a namespace adds by itself. */
function namespaceOf(name: string, prefix: unknown): string {
  if (typeof prefix !== 'string') throw invalid(name, 'text', prefix);
  return prefix.endsWith(':') ? prefix.slice(0, -1) : prefix;
}

/** The store writes these two characters differently in its keys: sessions of others would silently not be found. */
function othersNamespace(name: string, prefix: unknown): string {
  const namespace = namespaceOf(name, prefix);
  if (/[:%]/.test(namespace)) {
    throw invalid(name, 'text without "%", and with no ":" but one at its end', prefix);
  }
  return namespace;
}

function invalid(name: string, wanted: string, given: unknown): InvalidOptionError {
  const found = typeof given === 'object' ? JSON.stringify(given) : String(given);
  return new InvalidOptionError(`A session store's ${name} must be ${wanted}, and is ${found}`);
}
