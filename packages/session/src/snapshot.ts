// A session as it is at the call: what the app does to it afterwards is for the next save.
import { InvalidSessionError } from './errors.js';
import type { Framework } from './framework.js';
import type { CookieData, SessionFields } from './sessions.js';

/** What a save keeps, taken at one moment. */
export interface Snapshot {
  /** JSON text of the session's fields, without its cookie. */
  readonly data: string;
  /** As JSON; `undefined` for a session that has none. */
  readonly cookie: CookieData | undefined;
}

/** @throws InvalidSessionError */
export function snapshotOf(session: unknown, framework: Framework): Snapshot {
  try {
    const { cookie, fields } = framework.split(plain(session));
    return { data: JSON.stringify(fields), cookie: cookieData(cookie) };
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
 * Through `toJSON()`, without which the cookie of express-session has other properties (`_expires`). What JSON would make
 * of each field, for those that cookies have, without a detour by text.
 */
export function cookieData(cookie: unknown): CookieData | undefined {
  if (typeof cookie !== 'object' || cookie === null) return undefined;
  const { toJSON } = cookie as { toJSON?: unknown };
  const source: unknown = typeof toJSON === 'function' ? toJSON.call(cookie, '') : cookie;
  if (typeof source !== 'object' || source === null) return undefined;
  const data: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(source)) {
    const kept = isPrimitive(value) ? value : value instanceof Date ? date(value) : json(value);
    if (kept !== undefined) data[name] = kept;
  }
  return data;
}

function isPrimitive(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

function date(value: Date): string | null {
  return Number.isNaN(value.getTime()) ? null : value.toISOString();
}

function json(value: unknown): unknown {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

function plain(session: unknown): SessionFields {
  const { toJSON } = (session ?? {}) as { toJSON?: unknown };
  const found: unknown = typeof toJSON === 'function' ? toJSON.call(session, '') : session;
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) {
    return found as SessionFields;
  }
  const what = found === null ? 'null' : Array.isArray(found) ? 'an array' : typeof found;
  throw new InvalidSessionError(
    `The session was not saved: it is ${what} where it must be an object`,
  );
}
