// A session as it is at the call: later changes of the app belong to the next save.
import { InvalidSessionError } from '../errors.js';
import type { Framework } from '../framework.js';
import type { CookieData, SessionFields } from '../sessions.js';

/** What is saved, taken at one moment. */
export interface Snapshot {
  /** JSON text of the session's fields, without its cookie. */
  readonly data: string;
  /** `undefined` for a session without a cookie. */
  readonly cookie: CookieData | undefined;
}

/** @throws InvalidSessionError */
export function snapshotOf(session: unknown, framework: Framework): Snapshot {
  try {
    const { cookie, fields } = framework.split(plain(session));
    const data = cookieData(cookie);
    return { data: JSON.stringify(fields), cookie: data };
  } catch (cause) {
    if (cause instanceof InvalidSessionError) throw cause;
    const advice = 'keep to values that JSON has, and out of cycles';
    throw new InvalidSessionError(
      `The session was not saved: JSON cannot write it (see cause); ${advice}`,
      { cause },
    );
  }
}

/**
 * Through `toJSON()`, without which the cookie of express-session has other properties (`_expires`). It becomes JSON text
 * when it is written.
 */
export function cookieData(cookie: unknown): CookieData | undefined {
  if (typeof cookie !== 'object' || cookie === null) return undefined;
  const { toJSON } = cookie as { toJSON?: unknown };
  const data: unknown = typeof toJSON === 'function' ? toJSON.call(cookie, '') : { ...cookie };
  return typeof data === 'object' && data !== null ? (data as CookieData) : undefined;
}

function plain(session: unknown): SessionFields {
  const { toJSON } = (session ?? {}) as { toJSON?: unknown };
  const found: unknown = typeof toJSON === 'function' ? toJSON.call(session, '') : session;
  checkSession(found);
  return found;
}

/** @throws InvalidSessionError */
export function checkSession(found: unknown): asserts found is SessionFields {
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return;
  const what = found === null ? 'null' : Array.isArray(found) ? 'an array' : typeof found;
  throw new InvalidSessionError(
    `The session was not saved: it is ${what} where it must be an object`,
  );
}
