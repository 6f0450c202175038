// The session store for koa-session.
/// <reference lib="esnext.disposable" preserve="true" />
import { koaFramework } from '../framework.js';
import { WorkingCopy } from '../saving/working-copy.js';
import type { SessionFields, SessionStoreOptions, UserSession, UserSessions } from '../sessions.js';
import { SharedSessions } from '../shared-sessions.js';

export type { SessionStoreOptions, UserSession } from '../sessions.js';

/** What koa-session adds to each call. */
interface Call {
  readonly ctx?: object;
  /** `false`: only the end has changed. */
  readonly changed?: boolean;
  readonly rolling?: boolean;
}

/** Milliseconds, or `session`: as long as the browser. */
type MaxAge = number | 'session' | undefined;

/**
 * Sessions of all processes that use the same shared store. sessions.ts has the contract. `_expire`, `_maxAge` and
 * `_session`, which koa-session keeps beside the data, stay as they are.
 *
 * With `onUnavailable: 'pass-through'`, while the store is away, requests get an empty session under the id of their cookie.
 */
export class SessionStore implements UserSessions<SessionFields>, AsyncDisposable {
  readonly #sessions: SharedSessions<SessionFields>;
  /** The copies of each request, by its context. */
  readonly #copies = new WeakMap<object, Map<string, WorkingCopy>>();

  constructor(options: SessionStoreOptions = {}) {
    this.#sessions = new SharedSessions(options, koaFramework);
  }

  /** @returns the session, with what koa-session keeps beside its data; `undefined` if there is none. */
  async get(key: string, _maxAge?: MaxAge, { ctx }: Call = {}): Promise<SessionFields | undefined> {
    const opened = await this.#sessions.load(key);
    if (!opened) return undefined;
    if (ctx) this.#copiesOf(ctx).set(key, opened.copy);
    return opened.session ?? {};
  }

  /** Saves what has changed since this request's `get`. A session without a `ctx` replaces what is stored. */
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

  /** Closes the shared store if `createSessionStore` made it. A store that was given as an option stays open. */
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
 * @example
 * app.use(session({ store: createSessionStore() }, app));
 *
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createSessionStore(options: SessionStoreOptions = {}): SessionStore {
  return new SessionStore(options);
}
