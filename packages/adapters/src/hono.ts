// Sessions for Hono, on the neutral API of @muster/session.
import { optionsFault, shown } from '@muster/codec/options';
import { timeOfDay } from '@muster/codec/timers';
import type { Session, SessionFields, Sessions } from '@muster/session';
import { InvalidOptionError } from '@muster/store';
import type { Context, MiddlewareHandler } from 'hono';
import type { CookieOptions } from 'hono/utils/cookie';
import { requirePeer } from './shared/peer.js';

/** The environment of a Hono app whose handlers read `c.get('session')`. */
export interface SessionEnv<Data extends object = SessionFields> {
  Variables: { session: Session<Data> };
}

export interface SessionCookie {
  /** Default: `sid`. */
  name?: string | undefined;
  /** Default: that of the request's host alone. */
  domain?: string | undefined;
  /** Default: `/`. */
  path?: string | undefined;
  /** Default: `Lax`. */
  sameSite?: 'Strict' | 'Lax' | 'None' | undefined;
  /** Whether it is sent over TLS alone. Default: if the request came over it; say `true` behind a proxy that ends TLS. */
  secure?: boolean | undefined;
}

export interface SessionMiddlewareOptions<Data extends object = SessionFields> {
  /** As `createSessions()` makes them. */
  sessions: Sessions<Data>;
  cookie?: SessionCookie | undefined;
}

/** No cookie may live longer (RFC 6265bis), and Hono refuses one that would. */
const LONGEST_COOKIE_MS = 400 * 24 * 3_600_000;

/**
 * Loads the session of each request into `c.get('session')`, and saves it before the response leaves. A new session that
 * is left empty is not stored and gets no cookie.
 *
 * @example
 * const sessions = createSessions<{ user: string }>();
 * const app = new Hono().use(createSessionMiddleware({ sessions }));
 *
 * @throws InvalidOptionError if an option is not what it should be; MissingPeerError without Hono.
 */
export function createSessionMiddleware<Data extends object = SessionFields>(
  options: SessionMiddlewareOptions<Data>,
): MiddlewareHandler<SessionEnv<Data>> {
  checkNames('createSessionMiddleware()', options, ['sessions', 'cookie']);
  const { sessions, cookie = {} } = options;
  checkSessions(sessions);
  checkCookie(cookie);
  const { name = 'sid', ...attributes } = cookie;
  const cookies = requirePeer<typeof import('hono/cookie')>('hono', 'hono/cookie');

  return async (c, next) => {
    const session = await sessions.load(cookies.getCookie(c, name));
    c.set('session', session);
    await next();
    if (session.isNew && Object.keys(session.data).length === 0) return;
    const about = attributesFor(c, attributes);
    if (await session.save()) {
      cookies.setCookie(c, name, session.id, { ...about, expires: endOf(session) });
    } else {
      cookies.deleteCookie(c, name, about);
    }
  };
}

function attributesFor(c: Context, given: Omit<SessionCookie, 'name'>): CookieOptions {
  const { domain, path = '/', sameSite = 'Lax' } = given;
  const secure = given.secure ?? c.req.url.startsWith('https:');
  return { httpOnly: true, path, sameSite, secure, ...(domain !== undefined && { domain }) };
}

function endOf({ expiresAt }: { readonly expiresAt: number }): Date {
  return new Date(Math.min(expiresAt, timeOfDay() + LONGEST_COOKIE_MS - 1_000));
}

/** @throws InvalidOptionError */
function checkNames(taker: string, options: unknown, known: readonly string[]): void {
  const fault = optionsFault(taker, options, { known: new Set(known) });
  if (fault !== undefined) throw new InvalidOptionError(fault);
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

const COOKIE: Readonly<
  Record<keyof SessionCookie, readonly [what: string, is: (value: unknown) => boolean]>
> = {
  name: ['text', isText],
  domain: ['text', isText],
  path: ['text', isText],
  sameSite: [
    "'Strict', 'Lax' or 'None'",
    (value) => ['Strict', 'Lax', 'None'].includes(value as string),
  ],
  secure: ['true or false', (value) => typeof value === 'boolean'],
};

/** @throws InvalidOptionError */
function checkCookie(cookie: SessionCookie): void {
  checkNames('cookie', cookie, Object.keys(COOKIE));
  for (const [name, value] of Object.entries(cookie)) {
    const [what, is] = COOKIE[name as keyof SessionCookie];
    if (value === undefined || is(value)) continue;
    throw new InvalidOptionError(`cookie.${name} is ${what}, and not ${shown(value)}`);
  }
}

/** @throws InvalidOptionError */
function checkSessions(sessions: unknown): void {
  const { load } = Object(sessions) as { load?: unknown };
  if (typeof load === 'function') return;
  throw new InvalidOptionError(
    `sessions is what createSessions() returns, and not ${shown(sessions)}`,
  );
}
