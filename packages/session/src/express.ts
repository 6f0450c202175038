// The session store for express-session.
/// <reference lib="esnext.disposable" preserve="true" />
import expressSession, { type SessionData } from 'express-session';
import { answer, type Callback } from './callback.js';
import { cookieFramework } from './framework.js';
import { Held } from './held.js';
import type { SessionStoreOptions, UserSession, UserSessions } from './sessions.js';
import { SharedSessions } from './shared-sessions.js';
import { reportThrown } from './thrown.js';

export type { SessionStoreOptions, UserSession } from './sessions.js';

type CreateSession = expressSession.Store['createSession'];
type Request = Parameters<CreateSession>[0];
type Generate = (req: Request) => void;

/**
 * Sessions of all processes that use the same shared store. See sessions.ts for what holds of them.
 *
 * Every callback is called once, never before the call has returned, and with the error where there is one. What it throws
 * is reported by a process warning. Without a callback, a call returns a promise of the same.
 *
 * With `onUnavailable: 'pass-through'` it emits `disconnect` and `connect`, between which express-session lets requests
 * through without a session (`req.session` is `undefined`).
 */
export class SessionStore
  extends expressSession.Store
  implements UserSessions<SessionData>, AsyncDisposable
{
  readonly #sessions: SharedSessions<SessionData>;
  /** What requests hold: of the object that `get` gave, and then of the session that was made of it. */
  readonly #held = new WeakMap<object, Held>();
  /** While the callback of a `get` runs that could not reach the store. */
  #isWithout = false;

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
    // express-session sets it, one for each of its middlewares: here it learns which sessions are new.
    let generate: Generate | undefined;
    Object.defineProperty(this, 'generate', {
      configurable: true,
      enumerable: true,
      get: () => generate,
      set: (given: Generate) => {
        generate = (req) => this.#generate(req, given);
      },
    });
  }

  override get(sid: string): Promise<SessionData | undefined>;
  override get(sid: string, callback: Callback<SessionData | undefined>): void;
  override get(sid: string, callback?: Callback<SessionData | undefined>) {
    if (typeof callback !== 'function') {
      return answer(
        () => this.#get(sid).then((found) => (found === 'away' ? undefined : found)),
        callback,
      );
    }
    return answer(
      () => this.#get(sid),
      (error, found) => {
        this.#isWithout = found === 'away';
        try {
          callback(error, found === 'away' ? undefined : found);
        } finally {
          this.#isWithout = false;
        }
      },
    );
  }

  /**
   * Saves what has changed in a session that express-session made of this store's. Any other object replaces what is
   * there.
   */
  override set(sid: string, session: SessionData): Promise<void>;
  override set(sid: string, session: SessionData, callback?: Callback<void>): void;
  override set(sid: string, session: SessionData, callback?: Callback<void>) {
    return answer(() => this.#sessions.save(sid, session, this.#heldOf(sid, session)), callback);
  }

  override destroy(sid: string): Promise<void>;
  override destroy(sid: string, callback?: Callback<void>): void;
  override destroy(sid: string, callback?: Callback<void>) {
    return answer(() => this.#sessions.destroy(sid), callback);
  }

  /** Moves the expiry to that of `session.cookie`, where that is due (`touchAfterMs`). Nothing else is saved. */
  override touch(sid: string, session: SessionData): Promise<void>;
  override touch(sid: string, session: SessionData, callback?: Callback<void>): void;
  override touch(sid: string, session: SessionData, callback?: Callback<void>) {
    return answer(() => this.#sessions.touch(sid, session, this.#heldOf(sid, session)), callback);
  }

  /** Every session under its id, in an object without a prototype, as MemoryStore has it. */
  override all(): Promise<Record<string, SessionData>>;
  override all(callback: Callback<Record<string, SessionData>>): void;
  override all(callback?: Callback<Record<string, SessionData>>) {
    return answer(() => this.#all(), callback);
  }

  /** The ids of all sessions, as connect-redis has them. */
  ids(): Promise<string[]>;
  ids(callback: Callback<string[]>): void;
  ids(callback?: Callback<string[]>) {
    return answer(() => this.#sessions.all().then((sessions) => [...sessions.keys()]), callback);
  }

  override length(): Promise<number>;
  override length(callback: Callback<number>): void;
  override length(callback?: Callback<number>) {
    return answer(() => this.#sessions.count(), callback);
  }

  override clear(): Promise<void>;
  override clear(callback?: Callback<void>): void;
  override clear(callback?: Callback<void>) {
    return answer(() => this.#sessions.clear(), callback);
  }

  /** Called by express-session for what `get` found. */
  override createSession(req: Request, session: SessionData): ReturnType<CreateSession> {
    const held = this.#held.get(session);
    const made = super.createSession(req, session);
    if (held) this.#held.set(made, held);
    return made;
  }

  sessionsOf(userId: string): Promise<UserSession<SessionData>[]> {
    return this.#sessions.sessionsOf(userId);
  }

  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number> {
    return this.#sessions.revokeUser(userId, options);
  }

  /** Closes the shared store where `createSessionStore` made one. One that it was given is its owner's to close. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #get(sid: string): Promise<SessionData | undefined | 'away'> {
    const opened = await this.#sessions.read(sid);
    if (!opened) return undefined;
    if (!opened.session) return 'away';
    this.#held.set(opened.session, opened.held);
    return opened.session;
  }

  async #all(): Promise<Record<string, SessionData>> {
    const all: Record<string, SessionData> = Object.create(null);
    for (const [id, session] of await this.#sessions.all()) all[id] = session;
    return all;
  }

  #heldOf(sid: string, session: SessionData): Held | undefined {
    const held = isObject(session) ? this.#held.get(session) : undefined;
    return held?.id === sid ? held : undefined;
  }

  #generate(req: Request, generate: Generate): void {
    generate(req);
    const isDetached = this.#isWithout;
    this.#held.set(req.session, new Held(req.sessionID, isDetached ? 'detached' : 'fresh'));
    // Without an id, express-session neither saves the session nor sets a cookie: the browser keeps the one it has.
    if (isDetached) Object.assign(req, { sessionID: undefined });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * A store for `session({ store })` of express-session.
 *
 * @throws InvalidArgumentError where an option is not what it should be.
 */
export function createSessionStore(options: SessionStoreOptions<SessionData> = {}): SessionStore {
  return new SessionStore(options);
}
