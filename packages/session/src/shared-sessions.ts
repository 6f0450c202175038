// Sessions in a namespace of a shared store: two entries each, which end together.
import {
  createSharedStore,
  type Expiry,
  InvalidArgumentError,
  type SharedStore,
  type StoreView,
} from '@muster/store';
import { cookieEnd } from './cookie-end.js';
import {
  dataKey,
  entriesOf,
  HEAD_PREFIX,
  handleInKey,
  headKey,
  headOf,
  parseEntries,
  type StoredSession,
} from './entries.js';
import { handleOf } from './handle.js';
import type {
  CookieData,
  SessionFields,
  SessionSnapshot,
  SessionStoreOptions,
  Sessions,
} from './sessions.js';

const DAY_MS = 86_400_000;

/** How many sessions `all` asks for at a time. */
const PAGE = 100;

export class SharedSessions implements Sessions {
  readonly #view: StoreView;
  readonly #ttlMs: number;
  /** The shared store, where nobody else closes it. */
  readonly #ownStore: SharedStore | undefined;
  #warned = false;

  /** @throws InvalidArgumentError */
  constructor({ store, prefix = 'session', ttlMs = DAY_MS }: SessionStoreOptions) {
    if (typeof ttlMs !== 'number' || !(ttlMs > 0)) {
      const reason = `must be a number of milliseconds above 0, and is ${String(ttlMs)}`;
      throw new InvalidArgumentError(`A session store's ttlMs ${reason}`);
    }
    const shared = store ?? createSharedStore();
    this.#view = shared.namespace(prefix);
    this.#ttlMs = ttlMs;
    this.#ownStore = store ? undefined : shared;
  }

  async read(id: string): Promise<SessionFields | undefined> {
    return (await this.#stored(handleOf(id)))?.fields;
  }

  async write(id: string, snapshot: SessionSnapshot): Promise<void> {
    await this.#view.setMany(entriesOf(handleOf(id), id, snapshot), this.#expiry(snapshot.cookie));
  }

  async touch(id: string, cookie: CookieData | undefined): Promise<void> {
    const handle = handleOf(id);
    const expiry = this.#expiry(cookie);
    // Neither creates what is not there, so a destroyed session stays destroyed whatever comes in between.
    await Promise.all([
      this.#view.set(headKey(handle), headOf(id, cookie), { ...expiry, ifPresent: true }),
      this.#view.touch(dataKey(handle), expiry),
    ]);
  }

  async destroy(id: string): Promise<void> {
    const handle = handleOf(id);
    await this.#view.deleteMany([headKey(handle), dataKey(handle)]);
  }

  async all(): Promise<Map<string, SessionFields>> {
    const sessions = new Map<string, SessionFields>();
    let page: Promise<StoredSession | undefined>[] = [];
    const takePage = async () => {
      for (const stored of await Promise.all(page)) {
        if (stored) sessions.set(stored.id, stored.fields);
      }
      page = [];
    };
    for await (const key of this.#view.keys({ prefix: HEAD_PREFIX })) {
      page.push(this.#stored(handleInKey(key)));
      if (page.length === PAGE) await takePage();
    }
    await takePage();
    return sessions;
  }

  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this.#view.keys({ prefix: HEAD_PREFIX })) count += 1;
    return count;
  }

  clear(): Promise<void> {
    return this.#view.clear();
  }

  async close(): Promise<void> {
    await this.#ownStore?.close();
  }

  async #stored(handle: string): Promise<StoredSession | undefined> {
    let entries: unknown[];
    try {
      entries = await this.#view.getMany([headKey(handle), dataKey(handle)]);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'MUSTER_CORRUPT_VALUE') throw error;
      return this.#foreign(handle);
    }
    const [head, data] = entries;
    if (head === undefined || data === undefined) return undefined;
    const stored = parseEntries(head, data);
    if (stored === undefined) return this.#foreign(handle);
    const end = cookieEnd(stored.cookie);
    return end !== undefined && end <= Date.now() ? undefined : stored;
  }

  /** An error would come again with every request of that browser; not found, it gets a new session. */
  #foreign(handle: string): undefined {
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(
      `What is stored in the place of session ${handle} (a hash of its id) is no session, and is treated as not ` +
        'found; others after it will be without a warning. Does something else write to this namespace?',
      { type: 'MusterWarning', code: 'MUSTER_CORRUPT_SESSION' },
    );
  }

  #expiry(cookie: CookieData | undefined): Expiry {
    const end = cookieEnd(cookie);
    return end === undefined ? { ttlMs: this.#ttlMs } : { expiresAt: end };
  }
}
