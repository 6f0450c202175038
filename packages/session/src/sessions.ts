/**
 * The contract of sessions on a shared store: what `createSessions()` and the store of every framework promise.
 *
 * - A session has data, which a request may change, and a cookie, which says when the session ends. Moving the end writes
 *   no data.
 * - A request saves what it changed: what it added, replaced or deleted since it loaded the session. What others saved
 *   meanwhile stays. Plain objects are merged by key, and as deep as they go (an object within 64 others is one value);
 *   an array, and everything else, is one value. Of two changes of one value the later save wins, or is refused
 *   (`conflict`).
 * - A session that is gone (destroyed, revoked, ended) stays gone: neither a `touch` nor the save of a request that had
 *   loaded it brings it back, from whichever process. Only the save of a session that was not loaded creates one, and a
 *   new session cannot take an id that another session has (`MUSTER_SESSION_CONFLICT`).
 * - The store knows what a request loaded by the session object that the framework made of it, and by any object that is,
 *   or directly contains, an object of what was loaded. A session that has nothing of what was loaded replaces what is
 *   stored.
 * - A session ends when its cookie does (`cookie.expires`), to the millisecond: from that time on it is not found. If its
 *   cookie has no end (it lives as long as the browser), the session ends `ttlMs` after it was last written or touched.
 * - Sessions end by one clock: that of Redis if the store is on Redis, however wrong the clocks of the workers are. (A
 *   clock within a second of that of Redis counts as right; each worker compares every minute.)
 * - A session holds what JSON makes of it at the time of the call. Each read gives a fresh object.
 * - A session id may be any text. It is hashed before it becomes a key, so no error, log or listing shows it.
 * - If the value under a session's key is not a session, it counts as not found, and is reported once by a process
 *   warning.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { SharedStore } from '@muster/store';

/** @typeParam Session what the framework calls a session's data. */
export interface SessionStoreOptions<Session = SessionFields> {
  /** Where sessions are kept; its owner closes it. Default: a `createSharedStore()` of the session store's own. */
  store?: SharedStore | undefined;
  /**
   * The namespace of the sessions in the store. One `:` at its end does not count; the format of connect-redis allows no
   * other `:`. Default `session`; in the format of connect-redis, `sess`.
   */
  prefix?: string | undefined;
  /**
   * How many milliseconds a session whose cookie has no end outlives its last use, or a pure function that gives them for
   * a session. Default: one day.
   */
  ttlMs?: number | ((session: Session) => number) | undefined;
  /**
   * A request that only uses its session writes its new end once that is this many milliseconds from the stored one, and
   * else nothing. 0: every request writes it. Default: a twentieth of the time that the session lives.
   */
  touchAfterMs?: number | undefined;
  /**
   * What happens to requests while the store cannot be reached. `fail`: they get an error of the store, within its
   * deadline, and at once while the store is known to be away; the error's `status` and `statusCode` are 503.
   * `pass-through`: they go on without a session, and nothing is saved; calls that must not fail silently (`destroy`,
   * `revokeUser`, and all that list) still get the error. Default `fail`.
   */
  onUnavailable?: 'fail' | 'pass-through' | undefined;
  /**
   * The id of the user whose session it is, `undefined` for nobody's: it keeps the index for `sessionsOf` and
   * `revokeUser`. A pure function that returns no promise. A finite number or a bigint counts as its text; anything else
   * makes the save fail (`MUSTER_INVALID_OPTION`). Default: no index.
   */
  userId?: ((session: Session) => string | undefined) | undefined;
  /**
   * What happens when two requests change one value. `later-wins`: the later save decides. `reject`: the later save fails
   * with `MUSTER_SESSION_CONFLICT` (its `status` is 409) and changes nothing. Default `later-wins`.
   */
  conflict?: 'later-wins' | 'reject' | undefined;
  /**
   * Encrypts sessions in the store (AES-256-GCM): one secret of at least 32 characters, or several, of which the first
   * encrypts and all decrypt. A session that was not made with one of them, for this `prefix`, id, lifetime and version,
   * is not found. Default: no encryption.
   */
  secrets?: string | readonly string[] | undefined;
  /**
   * With `secrets`: whether sessions that are stored in the clear are read as well, and encrypted when they are next
   * written. For a migration: while it is on, anybody who can write to the store can make sessions. `'write'`: sessions
   * are also written in the clear, for as long as some processes have no secrets yet. Default `false`.
   */
  acceptUnsealed?: boolean | 'write' | undefined;
  /**
   * `connect-redis`: sessions are kept as connect-redis keeps them, to share them with processes that use it. `{ from }`:
   * each session of connect-redis is taken over when it is first used. Both need a Redis store. The keys of connect-redis
   * start with the store's own `keyPrefix`, if it has one, then `prefix` and `:`, by default `sess:` as there.
   */
  format?: 'connect-redis' | { from: 'connect-redis'; prefix?: string | undefined } | undefined;
}

/** Fields as JSON can write them. One says when the session ends, in the words of its framework (see expiry.ts). */
export type CookieData = Readonly<Record<string, unknown>>;

/** A session as it is read: its fields, and for express and fastify its cookie under `cookie`. */
export type SessionFields = Record<string, unknown>;

/** One of a user's sessions. Times are milliseconds since the epoch. */
export interface UserSession<Session = SessionFields> {
  /** Anybody who knows it can act as the user: show it to nobody. */
  readonly id: string;
  readonly createdAt: number;
  /** When it was last written or touched: its last use, give or take `touchAfterMs`. */
  readonly lastSeenAt: number;
  /** `Infinity` for one that does not end. */
  readonly expiresAt: number;
  /** What the app keeps in it. */
  readonly session: Session;
}

/** What every session store has beyond the contract of its framework. */
export interface UserSessions<Session> {
  /**
   * The sessions of a user, including every one that any process saved before the call.
   *
   * @example
   * for (const { id, lastSeenAt } of await sessions.sessionsOf('ada')) console.log(new Date(lastSeenAt));
   *
   * @throws InvalidOptionError without the option `userId`, or if `userId` is not a string.
   */
  sessionsOf(userId: string): Promise<UserSession<Session>[]>;
  /**
   * Destroys all sessions of a user that were saved before the call, also those that get a new id (`regenerate`)
   * meanwhile, and resolves with how many there were. A session that is first saved while the call runs may be destroyed
   * or not; in both cases the next call finds what is there.
   *
   * @example
   * await sessions.revokeUser('ada', { except: session.id }); // "log out everywhere else"
   *
   * @param options `except`: the id of a session that stays, such as that of the request. An id that the session had until
   * a minute ago, or within `graceMs`, names it as well.
   * @throws InvalidOptionError without the option `userId`, or if `userId` or `except` is not a string.
   */
  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number>;
}

export interface RegenerateOptions {
  /**
   * For how many milliseconds the old id leads to the session as well, at most until the session was to end: for requests
   * that are under way with it. Default 0: the old id leads nowhere. Leave it out when somebody logs in: anybody who knows
   * the old id would be logged in with them.
   */
  graceMs?: number | undefined;
}

/** One session, as one request has it. Its methods refuse other arguments, and it refuses other fields. */
export interface Session<Data extends object = SessionFields> {
  /** For the cookie. `regenerate` changes it, and it differs from the id that was loaded if another request did that. */
  readonly id: string;
  /** Whether nobody has saved it. If you have nothing to keep in it, do not save it, and set no cookie. */
  readonly isNew: boolean;
  /** What it holds: change it, and `save()`. Empty in a new session. */
  readonly data: Partial<Data>;
  /** For the cookie: when the session ends, in milliseconds since the epoch; `Infinity` for never. */
  readonly expiresAt: number;
  /**
   * Saves what was changed since the session was loaded, on top of what others saved, and moves its end. If neither is due,
   * it does not call the store.
   *
   * @returns `false` if the session turns out to be gone, and nothing was saved: take the cookie away.
   * @throws SessionConflictError with the option `conflict: 'reject'`
   */
  save(): Promise<boolean>;
  /** Moves its end to `ttlMs` from now, if that is due (`touchAfterMs`), and saves no data. Returns what `save` returns. */
  touch(): Promise<boolean>;
  /**
   * Ends the session for everybody, also if another request has given it a new id since this one loaded it, up to a minute
   * ago or within `graceMs`. A later `save` of this request saves nothing.
   */
  destroy(): Promise<void>;
  /**
   * Gives the session a new id, and saves it: against session fixation, when somebody logs in. A new session without data
   * is not saved. If the session is gone by then, this becomes a new one, and `data` is empty.
   */
  regenerate(options?: RegenerateOptions): Promise<void>;
}

/** Sessions for any framework, or for none. */
export interface Sessions<Data extends object = SessionFields>
  extends UserSessions<Partial<Data>>,
    AsyncDisposable {
  /**
   * The session with this id; or a new one, if there is no id, as in a request without a cookie, or if no session has it. A
   * new session has a random id of its own, so that nobody can choose one by forging a cookie.
   *
   * With `onUnavailable: 'pass-through'`, while the store is away: an empty session under this id, which is not saved.
   *
   * @example
   * const session = await sessions.load(cookies.sid);
   * session.data.user = 'ada';
   * await session.save();
   */
  load(id?: string | undefined): Promise<Session<Data>>;
  /** Destroys a session that this request has not loaded. */
  destroy(id: string): Promise<void>;
  /** Closes the shared store if `createSessions` made it. A store that was given as an option stays open. */
  close(): Promise<void>;
}
