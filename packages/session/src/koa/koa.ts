// The session store for koa-session.
/// <reference lib="esnext.disposable" preserve="true" />
import { koaFramework } from '../framework.js';
import { WorkingCopy } from '../saving/working-copy.js';
import type { SessionFields, SessionStoreOptions, UserSession, UserSessions } from '../sessions.js';
import { SharedSessions } from '../shared-sessions.js';

export type { SessionStoreOptions, UserSession } from '../sessions.js';

/** What koa-session gives along with each call. */
interface Call {
  readonly ctx?: object;
  /** `false`: it saves for the sake of the expiry. */
  readonly changed?: boolean;
  readonly rolling?: boolean;
}

/** Milliseconds, or `session`: as long as the browser. */
type MaxAge = number | 'session' | undefined;

/**
 * Sessions of all processes that use the same shared store. See sessions.ts for what holds of them. `_expire`, `_maxAge`
 * and `_session`, which koa-session keeps beside the data, are kept as they are.
 *
 * With `onUnavailable: 'pass-through'` requests get an empty session under the id that they came with.
 */
export class SessionStore implements UserSessions<SessionFields>, AsyncDisposable {
  readonly #sessions: SharedSessions<SessionFields>;
  /** Of each request, by its context. */
  readonly #copies = new WeakMap<object, Map<string, WorkingCopy>>();

  constructor(options: SessionStoreOptions = {}) {
    this.#sessions = new SharedSessions(options, koaFramework);
  }

  /** @returns the session with what koa-session keeps beside its data, `undefined` where there is none. */
  async get(key: string, _maxAge?: MaxAge, { ctx }: Call = {}): Promise<SessionFields | undefined> {
    const opened = await this.#sessions.load(key);
    if (!opened) return undefined;
    if (ctx) this.#copiesOf(ctx).set(key, opened.copy);
    return opened.session ?? {};
  }

  /** Saves what has changed since this request's `get`. Any other session, without a `ctx`, replaces what is there. */
  async set(
    key: string,
    session: SessionFields,
    maxAge?: MaxAge,
    { ctx }: Call = {},
  ): Promise<void> {
    const ttlMs = typeof maxAge === 'number' && maxAge > 0 ? maxAge : undefined;
    const copy = ctx ? this.#copyFor(ctx, key) : this.#sessions.copyOf(key, session);
    await this.#sessions.save(copy, session, ttlMs);
  }

  async destroy(key: string, _call?: Call): Promise<void> {
    await this.#sessions.destroy(key);
  }

  sessionsOf(userId: string): Promise<UserSession[]> {
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

  #copiesOf(ctx: object): Map<string, WorkingCopy> {
    let copies = this.#copies.get(ctx);
    if (!copies) {
      copies = new Map();
      this.#copies.set(ctx, copies);
    }
    return copies;
  }

  #copyFor(ctx: object, key: string): WorkingCopy {
    const copies = this.#copiesOf(ctx);
    const copy = copies.get(key) ?? new WorkingCopy(key, 'fresh');
    copies.set(key, copy);
    return copy;
  }
}

/**
 * A store for the option `store` of koa-session.
 *
 * @throws InvalidArgumentError where an option is not what it should be.
 */
export function createSessionStore(options: SessionStoreOptions = {}): SessionStore {
  return new SessionStore(options);
}
