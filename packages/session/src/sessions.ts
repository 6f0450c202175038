/**
 * The contract of sessions on a shared store: what the store of every framework keeps.
 *
 * - A session is data, which a request may change, and a cookie, which says when it ends. The cookie is kept apart,
 *   so that moving the expiry writes no data, and a slow `touch` takes back nobody's change.
 * - A session is there while both are. Nothing but `write` brings one into being: a `touch` that comes after a
 *   `destroy`, from whichever process, does not.
 * - It ends when its cookie does (`cookie.expires`), to the millisecond: at that time it is not found. A session
 *   whose cookie has no end (it lives as long as the browser) ends `ttlMs` after the last `write` or `touch`.
 * - What a session holds is what JSON makes of it, at the time of the call. Each read gives a fresh object.
 * - A session id may be any text. It is hashed before it becomes a key, so that it is in no error, log or listing.
 * - What is stored under a session's key and is no session is not found, and reported once by a process warning.
 */
import type { SharedStore } from '@muster/store';

export interface SessionStoreOptions {
  /** Where sessions are kept; its owner closes it. Default: a `createSharedStore()` of the session store's own. */
  store?: SharedStore | undefined;
  /** The namespace of the sessions in the store: text without `:`. Default `session`. */
  prefix?: string | undefined;
  /** Milliseconds that a session whose cookie has no end outlives its last use. Default: one day. */
  ttlMs?: number | undefined;
}

/** As JSON. `expires`, where it is a time, says when the session ends. */
export type CookieData = Readonly<Record<string, unknown>>;

/** What `write` keeps, taken at one moment (see snapshot.ts). */
export interface SessionSnapshot {
  /** JSON text of the session's fields, without its cookie. */
  readonly data: string;
  /** `undefined` for a session that has none. */
  readonly cookie: CookieData | undefined;
}

/** A session as it is read: its fields, and its cookie under `cookie`. */
export type SessionFields = Record<string, unknown>;

/** Every method rejects with what the shared store rejects with (docs/errors.md). */
export interface Sessions {
  read(id: string): Promise<SessionFields | undefined>;
  write(id: string, snapshot: SessionSnapshot): Promise<void>;
  /** Replaces the cookie, and moves the expiry with it. Leaves the data alone. */
  touch(id: string, cookie: CookieData | undefined): Promise<void>;
  destroy(id: string): Promise<void>;
  /** Every session, under its id. All of them are in memory at once. */
  all(): Promise<Map<string, SessionFields>>;
  count(): Promise<number>;
  clear(): Promise<void>;
  /** Closes the shared store where it is the session store's own. */
  close(): Promise<void>;
}
