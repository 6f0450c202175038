// The session store for koa-session.
import { koaFramework } from '../framework.js';
import { WorkingCopy } from '../saving/working-copy.js';
import type { SessionFields, SessionStoreOptions } from '../sessions.js';
import { SharedSessions } from '../shared-sessions.js';
import { StoreBase } from '../store-base.js';

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
export class SessionStore extends StoreBase<SessionFields> {
  readonly #sessions: SharedSessions<SessionFields>;
  /** The copies of each request, by its context. */
  readonly #copies = new WeakMap<object, Map<string, WorkingCopy>>();

  constructor(options: SessionStoreOptions = {}) {
    const sessions = new SharedSessions<SessionFields>(options, koaFramework);
    super(sessions);
    this.#sessions = sessions;
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
