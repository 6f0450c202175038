// When a session ends, and how the cookie of each framework says so.

import { shown } from '@muster/codec/options';
import { timeOfDay } from '@muster/codec/timers';
import { InvalidOptionError } from '@muster/store';
import type { Lifetime } from '@muster/store/procedures';
import type { CookieData } from '../sessions.js';
import { touchAfter } from './touch-policy.js';

/** When a session ends. */
export interface End {
  /** Store time, `Infinity` for never. */
  readonly endsAt: number;
  /** The same as the store takes it. */
  readonly lifetime: Lifetime;
}

export interface Expiry extends End {
  /** `undefined` for a session without a cookie. */
  readonly cookie: CookieData | undefined;
  /** By how much store time was ahead of local time when this was computed. */
  readonly aheadMs: number;
  /** Milliseconds by which the end has to move before it is written. */
  readonly touchAfterMs: number;
}

/** How a framework says when a session ends. */
export interface ExpiryRules {
  /** In local time; `undefined` for a cookie without an end of its own. */
  endOf(cookie: CookieData | undefined): number | undefined;
  /** The cookie with another end. */
  withEnd(cookie: CookieData, endsAt: number): CookieData;
  /** Fields that only say when the session ends. */
  readonly volatile: ReadonlySet<string>;
  /** The field that may say how long a session lives. */
  readonly ttlField: string;
  /** For how many milliseconds the store keeps a session beyond its end, so that the framework sees that it has ended. */
  readonly graceMs: number;
}

/** As in express-session's MemoryStore, `null`, `false` and whatever is not a date are no end. */
export const cookieRules: ExpiryRules = {
  endOf(cookie) {
    const expires = cookie?.expires;
    if (expires instanceof Date) return timeOf(expires);
    if (!expires || (typeof expires !== 'string' && typeof expires !== 'number')) return undefined;
    return timeOf(new Date(expires));
  },
  withEnd: (cookie, endsAt) => ({ ...cookie, expires: new Date(endsAt).toISOString() }),
  // In `originalExpires` @fastify/session keeps what `expires` was at the load, and never reads it.
  volatile: new Set(['expires', 'originalExpires']),
  ttlField: 'originalMaxAge',
  graceMs: 0,
};

function timeOf(date: Date): number | undefined {
  const time = date.getTime();
  return Number.isNaN(time) ? undefined : time;
}

/** koa-session keeps `_expire` and `_maxAge`, or `_session`, beside the data; here they are the cookie. */
export const koaRules: ExpiryRules = {
  endOf: (cookie) => (typeof cookie?._expire === 'number' ? cookie._expire : undefined),
  withEnd: (cookie, endsAt) => ({ ...cookie, _expire: endsAt }),
  volatile: new Set(['_expire']),
  ttlField: '_maxAge',
  // koa-session emits `session:expired` for an ended session that it still finds.
  graceMs: 10_000,
};

export interface ExpiryOptions {
  /** Milliseconds that a session lives whose cookie has no end. Called for no other session. */
  ttlOf(): number;
  /** Default: by touch-policy.ts. */
  readonly touchAfterMs: number | undefined;
}

/**
 * @param ttlMs the option.
 * @throws InvalidOptionError if it is a function that does not give a lifetime.
 */
export function ttlFor<Session>(
  ttlMs: number | ((session: Session) => number),
  session: Session,
): number {
  if (typeof ttlMs === 'number') return ttlMs;
  const given: unknown = ttlMs(session);
  if (typeof given === 'number' && given > 0) return given;
  throw new InvalidOptionError(
    `A session store's ttlMs gives a number of milliseconds above 0, and gave ${shown(given)}`,
  );
}

/** @param aheadMs by how much store time is ahead of local time (see store-clock.ts). */
export function expiryOf(
  rules: ExpiryRules,
  { ttlOf, touchAfterMs }: ExpiryOptions,
  cookie: CookieData | undefined,
  { aheadMs }: { readonly aheadMs: number },
): Expiry {
  const now = timeOfDay();
  const end = rules.endOf(cookie);
  if (end === undefined) {
    const ttlMs = ttlOf();
    const endsAt = timeAt(now + aheadMs + ttlMs);
    const lifetime: Lifetime = endsAt === Infinity ? 'never' : { forMs: Math.ceil(ttlMs) };
    return { cookie, endsAt, aheadMs, touchAfterMs: touchAfter(touchAfterMs, ttlMs), lifetime };
  }
  const asked = cookie?.[rules.ttlField];
  const endsAt = timeAt(end + aheadMs);
  const livesFor = typeof asked === 'number' && asked > 0 ? asked : Math.max(end - now, 0);
  return {
    cookie,
    endsAt,
    aheadMs,
    touchAfterMs: touchAfter(touchAfterMs, livesFor),
    lifetime: endsAt === Infinity ? 'never' : { until: endsAt + rules.graceMs },
  };
}

/** The same expiry for another lead of the store's clock, once that is known. */
export function withAhead(expiry: Expiry, { aheadMs }: { readonly aheadMs: number }): Expiry {
  const late = aheadMs - expiry.aheadMs;
  if (late === 0) return expiry;
  const { lifetime } = expiry;
  const isUntil = typeof lifetime === 'object' && 'until' in lifetime;
  return {
    ...expiry,
    aheadMs,
    endsAt: expiry.endsAt + late,
    lifetime: isUntil ? { until: lifetime.until + late } : lifetime,
  };
}

/** Whole milliseconds since the epoch; `Infinity` for a time later than any date. */
function timeAt(ms: number): number {
  return ms > LAST_TIME ? Infinity : Math.max(Math.ceil(ms), 0);
}

/** The last millisecond that a `Date` can hold. */
const LAST_TIME = 8.64e15;

/**
 * express-session's `cookie.maxAge = ms` reads the clock twice, so that its `originalMaxAge` may come out shorter by the
 * time that passes in between.
 */
const CLOCK_DRIFT_MS = 10;

/** Whether two cookies differ in nothing but when they end. */
export function haveSameAttributes(
  rules: ExpiryRules,
  before: CookieData | undefined,
  after: CookieData | undefined,
): boolean {
  if (!before || !after) return before === after;
  for (const field in before) if (!isSame(rules, field, before[field], after[field])) return false;
  for (const field in after) {
    if (!(field in before) && !isSame(rules, field, undefined, after[field])) return false;
  }
  return true;
}

function isSame(rules: ExpiryRules, field: string, before: unknown, after: unknown): boolean {
  if (before === after || rules.volatile.has(field)) return true;
  if (typeof before === 'number' && typeof after === 'number') {
    const drift = before - after;
    return field === rules.ttlField && drift > 0 && drift <= CLOCK_DRIFT_MS;
  }
  return JSON.stringify(before) === JSON.stringify(after);
}
