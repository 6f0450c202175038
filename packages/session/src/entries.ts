// The two entries of a session in the store: what they are called, what is in them, and how they are read back.
import type { CookieData, SessionFields, SessionSnapshot } from './sessions.js';

/** What `touch` writes. The other entry is the session's data, as JSON text, which only `write` does. */
interface Head {
  readonly id: string;
  readonly cookie: CookieData | null;
}

/** What the keys of all heads start with, and no other key: there is one head to a session. */
export const HEAD_PREFIX = 'head:';

/** The braces put both entries in one slot of a Redis Cluster, where they can be read and written at once. */
export const headKey = (handle: string): string => `${HEAD_PREFIX}{${handle}}`;
export const dataKey = (handle: string): string => `data:{${handle}}`;

export function handleInKey(key: string): string {
  return key.slice(HEAD_PREFIX.length + 1, -1);
}

export function headOf(id: string, cookie: CookieData | undefined): Head {
  return { id, cookie: cookie ?? null };
}

export function entriesOf(handle: string, id: string, { data, cookie }: SessionSnapshot) {
  return [
    [headKey(handle), headOf(id, cookie)],
    [dataKey(handle), data],
  ] as const;
}

export interface StoredSession {
  readonly id: string;
  readonly cookie: CookieData | undefined;
  readonly fields: SessionFields;
}

/** `undefined` where these are not entries that `entriesOf` made. */
export function parseEntries(head: unknown, data: unknown): StoredSession | undefined {
  if (!isObject(head) || typeof head.id !== 'string' || typeof data !== 'string') return undefined;
  const fields = parse(data);
  if (!isObject(fields)) return undefined;
  const cookie = isObject(head.cookie) ? head.cookie : undefined;
  // In the order in which express-session itself has them.
  return { id: head.id, cookie, fields: cookie ? { cookie, ...fields } : fields };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
