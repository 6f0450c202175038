// The session store for @fastify/session.
import type fastifySession from '@fastify/session';
import { type Callback, callbackOrPromise } from '../callbacks/callback.js';
import { cookieFramework } from '../framework.js';
import { WorkingCopy } from '../saving/working-copy.js';
import type { SessionStoreOptions } from '../sessions.js';
import { SharedSessions } from '../shared-sessions.js';
import { StoreBase } from '../store-base.js';

export type { SessionStoreOptions, UserSession } from '../sessions.js';

/** As the app declares it: `declare module 'fastify' { interface Session { … } }`. */
type Session = Parameters<fastifySession.SessionStore['set']>[1];

/**
 * @fastify/session makes an object of its own from what `get` gives, and keeps no reference to that. But it spreads the
 * cookie into the options that its session keeps under a symbol: a property of this name comes along.
 */
const COPY = Symbol('muster.session.copy');

/**
 * Sessions of all processes that use the same shared store. sessions.ts has the contract.
 *
 * @fastify/session saves a session with every response, as `rolling` is on by default. This store writes only what has
 * changed, and moves the end if that is due (`touchAfterMs`). If nothing is to be written, `set` calls back at once, so that
 * `reply.send()` has answered when it returns.
 *
 * Every callback is called once, with the error if there is one. An error that it throws becomes a process warning. Without
 * a callback, a call returns a promise.
 *
 * With `onUnavailable: 'pass-through'`, while the store is away, requests get an empty session under the id of their cookie.
 */
export class SessionStore extends StoreBase<Session> {
  readonly #sessions: SharedSessions<Session>;

  constructor(options: SessionStoreOptions<Session> = {}) {
    const sessions = new SharedSessions<Session>(options, cookieFramework);
    super(sessions);
    this.#sessions = sessions;
  }

  get(sessionId: string): Promise<Session | null>;
  get(sessionId: string, callback: Callback<Session | null>): void;
  get(sessionId: string, callback?: Callback<Session | null>) {
    return callbackOrPromise(() => this.#get(sessionId), callback);
  }

  /** Saves what has changed in a session of @fastify/session. Any other object replaces what is stored. */
  set(sessionId: string, session: Session): Promise<void>;
  set(sessionId: string, session: Session, callback?: Callback<void>): void;
  set(sessionId: string, session: Session, callback?: Callback<void>) {
    return callbackOrPromise(
      () => this.#sessions.save(this.#copyOf(sessionId, session), session),
      callback,
      'now',
    );
  }

  destroy(sessionId: string): Promise<void>;
  destroy(sessionId: string, callback?: Callback<void>): void;
  destroy(sessionId: string, callback?: Callback<void>) {
    return callbackOrPromise(() => this.#sessions.destroy(sessionId), callback);
  }

  async #get(id: string): Promise<Session | null> {
    const opened = await this.#sessions.load(id);
    if (!opened) return null;
    const { session = {} as Session, copy } = opened;
    return Object.assign(session, { cookie: { ...session.cookie, [COPY]: copy } });
  }

  #copyOf(id: string, session: Session): WorkingCopy {
    const symbols = typeof session === 'object' ? Object.getOwnPropertySymbols(session) : [];
    for (const symbol of symbols) {
      const copy = copyIn((session as unknown as Record<symbol, unknown>)[symbol]);
      // A regenerated session has the cookie options of the one before it, with another id.
      if (copy?.answersTo(id)) return copy;
    }
    const copy = this.#sessions.copyOf(id, session);
    // A new session, which @fastify/session made.
    if (copy.base === 'unread' && symbols.length > 0) copy.base = 'fresh';
    if (copy.base === 'fresh') this.#sessions.copies.note(session, copy);
    return copy;
  }
}

function copyIn(options: unknown): WorkingCopy | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  const copy = (options as { [COPY]?: unknown })[COPY];
  return copy instanceof WorkingCopy ? copy : undefined;
}

/**
 * A store for the option `store` of @fastify/session.
 *
 * @example
 * app.register(fastifySession, { secret, store: createSessionStore() });
 *
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createSessionStore(options: SessionStoreOptions<Session> = {}): SessionStore {
  return new SessionStore(options);
}
