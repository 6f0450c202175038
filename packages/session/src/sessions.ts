/**
 * The contract of sessions on a shared store: what `createSessions()`, and the store of every framework, keeps.
 *
 * - A session is data, which a request may change, and a cookie, which says when it ends. Moving the end writes no data.
 * - A request saves what it changed: what it added, replaced or deleted since it loaded the session. What others saved
 *   meanwhile stays. Plain objects are merged by key, and as deep as they go (objects within 64 others are one value);
 *   arrays and all else are one value. Of two changes of one value the later save wins, or is refused (`conflict`).
 * - A session that is gone (destroyed, revoked, ended) stays gone: neither a `touch` nor the save of a request that had
 *   loaded it brings it back, from whichever process. Only a save of a session that was not loaded creates one; and of a
 *   new one under an id that another session has, none (`MUSTER_SESSION_CONFLICT`).
 * - What a request loaded is known by the session object that its framework made of it, or by any object that is, or has
 *   directly in it, an object of what was loaded. A session made of nothing that was loaded replaces what is there.
 * - It ends when its cookie does (`cookie.expires`), to the millisecond: at that time it is not found. A session
 *   whose cookie has no end (it lives as long as the browser) ends `ttlMs` after it was last written or touched.
 * - It ends by one clock: that of Redis where the store is on Redis, however wrong the clocks of the workers are. (Clocks
 *   within a second of that of Redis are taken to be right; each worker looks every minute.)
 * - What a session holds is what JSON makes of it, at the time of the call. Each read gives a fresh object.
 * - A session id may be any text. It is hashed before it becomes a key, so that it is in no error, log or listing.
 * - What is stored under a session's key and is no session is not found, and reported once by a process warning.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { SharedStore } from '@muster/store';

/** @typeParam Session what the framework calls a session's data. */
export interface SessionStoreOptions<Session = SessionFields> {
  /** Where sessions are kept; its owner closes it. Default: a `createSharedStore()` of the session store's own. */
  store?: SharedStore | undefined;
  /** The namespace of the sessions in the store: one `:` at its end does not count; in connect-redis's format there is no other one. Default `session`, `sess` in connect-redis's format. */
  prefix?: string | undefined;
  /**
   * Milliseconds that a session whose cookie has no end outlives its last use, or a pure function of the session that
   * says how many. Default: one day.
   */
  ttlMs?: number | ((session: Session) => number) | undefined;
  /**
   * Milliseconds by which a session's end must move before that alone is written: a request that only uses its session
   * writes nothing until then. 0: every request moves the end. Default: a twentieth of the time the session lives.
   */
  touchAfterMs?: number | undefined;
  /**
   * What becomes of requests while the store cannot be reached. `fail`: an error of the store, within its deadline, and
   * at once while it is known to be away; its `status` and `statusCode` are 503. `pass-through`: they go on without a session, and nothing is saved; calls that
   * must not fail silently (`destroy`, `revokeUser`, and all that lists) still get the error. Default `fail`.
   */
  onUnavailable?: 'fail' | 'pass-through' | undefined;
  /**
   * Whose session it is, if anyone's: keeps the index for `sessionsOf` and `revokeUser`. Pure, and no promise; a finite
   * number or a bigint counts as its text. Anything else is the error of the save (`MUSTER_INVALID_ARGUMENT`). Default: no
   * index.
   */
  userId?: ((session: Session) => string | undefined) | undefined;
  /**
   * Where two requests changed one value. `later-wins`: it is that of the later save. `reject`: the later
   * save fails with `MUSTER_SESSION_CONFLICT` (its `status` is 409) and changes nothing. Default `later-wins`.
   */
  conflict?: 'later-wins' | 'reject' | undefined;
  /**
   * Encrypts sessions in the store (AES-256-GCM): one text of at least 32 characters, or several, of which the first
   * encrypts and all decrypt. What was not made with one of them, for this `prefix`, id, lifetime and version, is not
   * found. Default: no encryption.
   */
  secrets?: string | readonly string[] | undefined;
  /**
   * With `secrets`: whether sessions that are stored in the clear are read, too, and encrypted when they are next written.
   * For a migration: while it is on, whoever can write to the store can make sessions. `'write'`: and they are still
   * written in the clear, while there are processes that have no secrets yet. Default `false`.
   */
  acceptUnsealed?: boolean | 'write' | undefined;
  /**
   * `connect-redis`: sessions are kept as connect-redis keeps them, to share them with processes that use it. `{ from }`:
   * those of connect-redis are taken over, one by one, when they are first used. Both need a Redis store. If that has no
   * `keyPrefix` of its own, connect-redis's keys start with `prefix` and `:`, by default `sess:` as there; with the
   * `keyPrefix` before it if it has one.
   */
  format?: 'connect-redis' | { from: 'connect-redis'; prefix?: string | undefined } | undefined;
}

/** Fields as JSON can write them. What says when the session ends is in it, in its framework's words (see expiry.ts). */
export type CookieData = Readonly<Record<string, unknown>>;

/** A session as it is read: its fields, and for express and fastify its cookie under `cookie`. */
export type SessionFields = Record<string, unknown>;

/** One of a user's sessions. Times are milliseconds since the epoch. */
export interface UserSession<Session = SessionFields> {
  /** Who knows it can act as the user: show it to nobody. */
  readonly id: string;
  readonly createdAt: number;
  /** When it was last written or touched: its last use, give or take `touchAfterMs`. */
  readonly lastSeenAt: number;
  /** `Infinity` for one that does not end. */
  readonly expiresAt: number;
  /** What the app keeps in it. */
  readonly session: Session;
}

/** What the session stores of all frameworks have beyond the contract of the framework. */
export interface UserSessions<Session> {
  /**
   * The sessions of a user, those included that any process saved before the call.
   *
   * @throws InvalidArgumentError without the option `userId`, or where `userId` is no string.
   */
  sessionsOf(userId: string): Promise<UserSession<Session>[]>;
  /**
   * Destroys the sessions of a user, all that were saved before the call, also those that get a new id (`regenerate`)
   * meanwhile, and says how many there were. One that is first saved while it runs counts as before or as after it, and
   * in both cases the next call finds what is there.
   *
   * @param options `except`: the id of a session that stays, such as the one that asks for it. It is also found by an id
   * that it had until a minute ago, or within `graceMs`.
   * @throws InvalidArgumentError without the option `userId`, or where `userId` or `except` is no string.
   */
  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number>;
}

export interface RegenerateOptions {
  /**
   * Milliseconds (at most until the session was to end) for which the old id leads to it, too, for requests that are under way with it. Default 0: it
   * leads nowhere. Leave it out where somebody logs in: who knows the old id would be logged in with them.
   */
  graceMs?: number | undefined;
}

/** One session, as one request has it. Its methods take no other arguments, and it takes no other fields. */
export interface Session<Data extends object = SessionFields> {
  /** For the cookie. It changes with `regenerate`, and is another one than was loaded if somebody else did that. */
  readonly id: string;
  /** Nobody has saved it: leave it so, and set no cookie, if you have nothing to keep in it. */
  readonly isNew: boolean;
  /** What it holds: change it, and `save()`. Empty where it is new. */
  readonly data: Partial<Data>;
  /** When it ends, in milliseconds since the epoch, for the cookie; `Infinity` for never. */
  readonly expiresAt: number;
  /**
   * Saves what was changed since it was loaded, on top of what others saved, and moves its end. Where neither is due, it
   * asks nothing of the store.
   *
   * @returns `false` where the session is found to be gone, and nothing was saved: take the cookie away.
   * @throws SessionConflictError by the option `conflict`
   */
  save(): Promise<boolean>;
  /** Moves its end to `ttlMs` from now, where that is due (`touchAfterMs`), and saves no data. Returns as `save` does. */
  touch(): Promise<boolean>;
  /**
   * It is gone for everybody, also where another request has given it a new id since this one loaded it, up to a minute ago
   * or within `graceMs`. What this request saves of it afterwards is not saved.
   */
  destroy(): Promise<void>;
  /**
   * Gives it a new id, and saves it: against session fixation, when somebody logs in. If it is gone by then, it becomes a
   * new one, and `data` is empty.
   */
  regenerate(options?: RegenerateOptions): Promise<void>;
}

/** Sessions for any framework, and for none. */
export interface Sessions<Data extends object = SessionFields>
  extends UserSessions<Partial<Data>>,
    AsyncDisposable {
  /**
   * The session with this id, or a new one: with no id, as of a request without a cookie, and with one that no session
   * has. A new one has an id that nobody could choose, so that a forged cookie leads to nothing.
   *
   * With `onUnavailable: 'pass-through'`, while the store is away: an empty one under this id, of which nothing is saved.
   */
  load(id?: string | undefined): Promise<Session<Data>>;
  /** Destroys a session that this request has not loaded. */
  destroy(id: string): Promise<void>;
  /** Closes the shared store where `createSessions` made one. One that it was given is its owner's to close. */
  close(): Promise<void>;
}
