// A session as it is at the call: what the app does to it afterwards is for the next save.
import { InvalidSessionError } from './errors.js';
import type { CookieData, SessionSnapshot } from './sessions.js';

/** @throws InvalidSessionError */
export function snapshotOf(session: unknown): SessionSnapshot {
  try {
    const { cookie, ...fields } = objectOf(session);
    return { data: JSON.stringify(fields), cookie: snapshotOfCookie(cookie) };
  } catch (cause) {
    if (cause instanceof InvalidSessionError) throw cause;
    const advice = 'keep to values that JSON has, and out of cycles';
    throw new InvalidSessionError(
      `The session was not saved: JSON cannot write it (see cause); ${advice}`,
      { cause },
    );
  }
}

/** Through `toJSON()`, without which the cookie of express-session has other properties (`_expires`). */
export function snapshotOfCookie(cookie: unknown): CookieData | undefined {
  if (typeof cookie !== 'object' || cookie === null) return undefined;
  return JSON.parse(JSON.stringify(cookie)) as CookieData;
}

function objectOf(session: unknown): { cookie?: unknown } {
  const { toJSON } = (session ?? {}) as { toJSON?: unknown };
  const plain: unknown = typeof toJSON === 'function' ? toJSON.call(session, '') : session;
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) return plain;
  const found = plain === null ? 'null' : Array.isArray(plain) ? 'an array' : typeof plain;
  throw new InvalidSessionError(
    `The session was not saved: it is ${found} where it must be an object`,
  );
}
