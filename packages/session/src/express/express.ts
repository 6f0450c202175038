// The session store for express-session.
/// <reference lib="esnext.disposable" preserve="true" />
import { InvalidOptionError } from '@muster/store';
import expressSession, { type SessionData } from 'express-session';
import { type Callback, callbackOrPromise } from '../callbacks/callback.js';
import { reportThrown } from '../callbacks/warnings.js';
import { cookieFramework } from '../framework.js';
import { graceOf } from '../options/checks.js';
import { WorkingCopy } from '../saving/working-copy.js';
import type {
  RegenerateOptions,
  SessionStoreOptions,
  UserSession,
  UserSessions,
} from '../sessions.js';
import { SharedSessions } from '../shared-sessions.js';
import { holdResponse } from './hold-response.js';

export type { RegenerateOptions, SessionStoreOptions, UserSession } from '../sessions.js';

/** A session as `all` gives it. */
export type IdentifiedSession = SessionData & { id: string };

type CreateSession = expressSession.Store['createSession'];
type Request = Parameters<CreateSession>[0];
type Generate = (req: Request) => void;

/**
 * Sessions of all processes that use the same shared store. sessions.ts has the contract.
 *
 * Every callback is called once, never before the call has returned, and with the error if there is one. An error that it
 * throws becomes a process warning. Without a callback, a call returns a promise.
 *
 * With `onUnavailable: 'pass-through'` it emits `disconnect` and `connect`, between which express-session lets requests
 * through without a session (`req.session` is `undefined`).
 */
export class SessionStore
  extends expressSession.Store
  implements UserSessions<SessionData>, AsyncDisposable
{
  readonly #sessions: SharedSessions<SessionData>;
  /** Set while the callback of a `get` runs that could not reach the store. */
  #isStoreAway = false;
  #generate: Generate | undefined;

  constructor(options: SessionStoreOptions<SessionData> = {}) {
    super();
    const sessions = new SharedSessions<SessionData>(options, cookieFramework);
    this.#sessions = sessions;
    if (sessions.passesThrough) {
      sessions.availability.onChange((isAway) => {
        try {
          this.emit(isAway ? 'disconnect' : 'connect');
        } catch (error) {
          reportThrown(error);
        }
      });
    }
    // Each middleware of express-session sets `generate`, which makes new sessions: so the store learns which are new.
    Object.defineProperty(this, 'generate', {
      configurable: true,
      enumerable: true,
      get: () => this.#generate,
      set: (given: Generate) => {
        this.#generate = (req) => this.#makeNew(req, given);
      },
    });
  }

  override get(sid: string): Promise<SessionData | undefined>;
  override get(sid: string, callback: Callback<SessionData | undefined>): void;
  override get(sid: string, callback?: Callback<SessionData | undefined>) {
    if (typeof callback !== 'function') {
      return callbackOrPromise(
        () => this.#get(sid).then((found) => (found === 'away' ? undefined : found)),
        callback,
      );
    }
    return callbackOrPromise(
      () => this.#get(sid),
      (error, found) => {
        this.#isStoreAway = found === 'away';
        try {
          callback(error, found === 'away' ? undefined : found);
        } finally {
          this.#isStoreAway = false;
        }
      },
    );
  }

  /**
   * Saves what has changed, in a session that express-session made from one of this store, or in another object that
   * contains a part of what `get` gave. Any other object replaces what is stored.
   */
  override set(sid: string, session: SessionData): Promise<void>;
  override set(sid: string, session: SessionData, callback?: Callback<void>): void;
  override set(sid: string, session: SessionData, callback?: Callback<void>) {
    const copy = this.#sessions.copyOf(sid, session);
    return callbackOrPromise(
      () => holdResponse(session, this.#sessions.save(copy, session)),
      callback,
    );
  }

  override destroy(sid: string): Promise<void>;
  override destroy(sid: string, callback?: Callback<void>): void;
  override destroy(sid: string, callback?: Callback<void>) {
    return callbackOrPromise(() => this.#sessions.destroy(sid), callback);
  }

  /** Moves the end to that of `session.cookie`, if that is due (`touchAfterMs`). Saves nothing else. */
  override touch(sid: string, session: SessionData): Promise<void>;
  override touch(sid: string, session: SessionData, callback?: Callback<void>): void;
  override touch(sid: string, session: SessionData, callback?: Callback<void>) {
    const copy = this.#sessions.copyOf(sid, session);
    return callbackOrPromise(() => this.#sessions.touch(copy, session), callback);
  }

  /**
   * Without options: destroys the session, and makes a new one, as every store of express-session does.
   *
   * With options: gives the session a new id, keeps what is in it, and saves it. Afterwards `req.session` is another object.
   * For `graceMs` (default 0) the old id leads to it as well, for requests that are under way. Leave it out when somebody
   * logs in: anybody who knows the old id would be logged in with them.
   */
  override regenerate(req: Request, callback: Callback<void>): void;
  override regenerate(req: Request, options: RegenerateOptions): Promise<void>;
  override regenerate(req: Request, options: RegenerateOptions, callback: Callback<void>): void;
  override regenerate(
    req: Request,
    options: RegenerateOptions | Callback<void>,
    callback?: Callback<void>,
  ) {
    if (typeof options === 'function') return super.regenerate(req, options);
    return callbackOrPromise(() => this.#regenerate(req, options), callback);
  }

  /** Every session, each with its id as `id`, in an array, as connect-redis gives them. */
  override all(): Promise<IdentifiedSession[]>;
  override all(callback: Callback<IdentifiedSession[]>): void;
  override all(callback?: Callback<IdentifiedSession[]>) {
    return callbackOrPromise(() => this.#all(), callback);
  }

  /** The ids of all sessions, as connect-redis gives them. */
  ids(): Promise<string[]>;
  ids(callback: Callback<string[]>): void;
  ids(callback?: Callback<string[]>) {
    return callbackOrPromise(
      () => this.#sessions.all().then((sessions) => [...sessions.keys()]),
      callback,
    );
  }

  override length(): Promise<number>;
  override length(callback: Callback<number>): void;
  override length(callback?: Callback<number>) {
    return callbackOrPromise(() => this.#sessions.count(), callback);
  }

  override clear(): Promise<void>;
  override clear(callback?: Callback<void>): void;
  override clear(callback?: Callback<void>) {
    return callbackOrPromise(() => this.#sessions.clear(), callback);
  }

  /** express-session calls it with what `get` found. */
  override createSession(req: Request, session: SessionData): ReturnType<CreateSession> {
    const copy = this.#sessions.copies.find(req.sessionID, session);
    // The session's id may be another one by now; the cookie of this response gets it.
    if (copy) Object.assign(req, { sessionID: copy.id });
    const made = super.createSession(req, session);
    if (copy) this.#sessions.copies.note(made, copy);
    return made;
  }

  sessionsOf(userId: string): Promise<UserSession<SessionData>[]> {
    return this.#sessions.sessionsOf(userId);
  }

  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number> {
    return this.#sessions.revokeUser(userId, options);
  }

  /** Closes the shared store if `createSessionStore` made it. A store that was given as an option stays open. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #get(sid: string): Promise<SessionData | undefined | 'away'> {
    const opened = await this.#sessions.load(sid);
    return opened && (opened.session ?? 'away');
  }

  async #all(): Promise<IdentifiedSession[]> {
    const all = await this.#sessions.all();
    return [...all].map(([id, session]) => ({ ...session, id }));
  }

  async #regenerate(req: Request, options: RegenerateOptions): Promise<void> {
    const graceMs = graceOf(options);
    const { session } = (req ?? {}) as Partial<Request>;
    if (!session) throw new InvalidOptionError('regenerate() takes a request with a session');
    const copy = this.#sessions.copyOf(req.sessionID, session);
    await this.#sessions.regenerate(copy, session, graceMs);
    if (copy.base === 'gone') return this.#generate?.(req);
    Object.assign(req, { sessionID: copy.id });
    const made = super.createSession(req, JSON.parse(JSON.stringify(session)));
    this.#sessions.copies.note(made, copy);
  }

  #makeNew(req: Request, generate: Generate): void {
    generate(req);
    const isDetached = this.#isStoreAway;
    const copy = new WorkingCopy(req.sessionID, isDetached ? 'detached' : 'fresh');
    this.#sessions.copies.note(req.session, copy);
    // Without an id, express-session neither saves the session nor sets a cookie: the browser keeps the one it has.
    if (isDetached) Object.assign(req, { sessionID: undefined });
  }
}

/**
 * A store for `session({ store })` of express-session.
 *
 * @example
 * app.use(session({ store: createSessionStore(), secret, resave: false, saveUninitialized: false }));
 *
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createSessionStore(options: SessionStoreOptions<SessionData> = {}): SessionStore {
  return new SessionStore(options);
}
