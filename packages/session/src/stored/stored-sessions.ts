// Sessions as they are in the store: found, listed and removed, by id or by hash.
import { InvalidOptionError, type SharedStore, type StoreView } from '@muster/store';
import { getAndDelete, type Texts, textsOf } from '@muster/store/procedures';
import type { ExpiryRules } from '../expiry/expiry.js';
import { StoreClock } from '../expiry/store-clock.js';
import { connectRedisFormat } from '../formats/connect-redis-format.js';
import type { Format, Found, Loaded, Stored } from '../formats/format.js';
import { MusterFormat } from '../formats/muster-format.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import { readHead } from '../procedures/read-head.js';
import { hashOf } from '../secrets/hash.js';
import { UserIndex } from '../users/user-index.js';

/** How many sessions a listing asks for at a time. */
const PAGE = 100;

export class StoredSessions {
  readonly clock: StoreClock;
  readonly format: Format;
  readonly texts: Texts;
  readonly index: UserIndex | undefined;
  readonly #view: StoreView;
  readonly #rules: ExpiryRules;
  #warned = false;

  /** @throws InvalidOptionError */
  constructor(
    store: SharedStore,
    rules: ExpiryRules,
    options: Pick<
      ResolvedOptions,
      'prefix' | 'seal' | 'acceptUnsealed' | 'isConnectRedis' | 'isIndexed'
    > & { readonly clock?: StoreClock },
  ) {
    const { prefix, isConnectRedis } = options;
    if (isConnectRedis && store.engine !== 'redis') {
      throw new InvalidOptionError(
        'Sessions of connect-redis are in Redis, and this store is embedded; give a store with the url of that Redis',
      );
    }
    this.#view = store.namespace(prefix);
    this.texts = textsOf(this.#view);
    this.index = options.isIndexed ? new UserIndex(this.texts) : undefined;
    this.#rules = rules;
    const hasOwnClock = store.engine === 'redis';
    const { clock = new StoreClock(hasOwnClock ? this.texts : undefined) } = options;
    this.clock = clock;
    this.format = isConnectRedis
      ? connectRedisFormat(clock)
      : new MusterFormat(rules, { ...options, clock });
  }

  /** The session that this id leads to. */
  findById(id: string): Promise<Loaded | undefined> {
    return this.#follow(id, (pointer) => pointer.endsAt > this.clock.now());
  }

  /** The session that has this id, or had it until a short time ago. */
  findSuccessor(id: string): Promise<Loaded | undefined> {
    return this.#follow(id, () => true);
  }

  async #follow(id: string, leads: (pointer: Stored) => boolean): Promise<Loaded | undefined> {
    // Forged pointers may lead in a circle.
    const passed = new Set<string>();
    let next = id;
    while (!passed.has(next)) {
      passed.add(next);
      const key = this.format.keyOf(next);
      const loaded = key === undefined ? undefined : await this.find(key);
      const movedTo = loaded?.stored.movedTo;
      if (!loaded || movedTo === undefined) return loaded;
      if (!leads(loaded.stored)) return undefined;
      next = movedTo;
    }
    return undefined;
  }

  /** @returns whether there was one. */
  async removeById(id: string): Promise<boolean> {
    const key = this.format.keyOf(id);
    return key !== undefined && this.remove(key);
  }

  /** A session that has not ended, or a pointer to one that has moved. */
  async find(key: string): Promise<Loaded | undefined> {
    const found = await this.format.find(this.texts, key);
    return found === undefined ? undefined : this.readLive(key, found);
  }

  /** The sessions that exist under these keys. */
  async findMany(keys: readonly string[]): Promise<[key: string, loaded: Loaded][]> {
    const found = await Promise.all(keys.map((key) => this.format.find(this.texts, key)));
    return keys.flatMap((key, position) => {
      const it = found[position];
      const loaded = it === undefined ? undefined : this.readLive(key, it);
      const isThere = loaded && loaded.stored.movedTo === undefined;
      return isThere ? [[key, loaded] as [string, Loaded]] : [];
    });
  }

  /**
   * Removes the session, under its new id as well if it has moved, and from the index.
   *
   * @returns whether there was one.
   */
  async remove(key: string): Promise<boolean> {
    if (!this.index && !this.format.pointers) return this.#view.delete(key);
    const text = await this.texts.run(getAndDelete, [key], undefined);
    const gone = text === undefined ? undefined : this.format.read(key, text)?.stored;
    if (gone) await this.index?.forget(hashOf(gone.id), gone.indexRef);
    if (gone?.movedTo !== undefined) await this.removeById(gone.movedTo);
    return text !== undefined;
  }

  async *all(): AsyncIterableIterator<Loaded> {
    let page: string[] = [];
    for await (const key of this.#keys()) {
      page.push(key);
      if (page.length < PAGE) continue;
      for (const [, loaded] of await this.findMany(page)) yield loaded;
      page = [];
    }
    for (const [, loaded] of await this.findMany(page)) yield loaded;
  }

  /** How many there are. A scan of Redis may find a key twice, so all keys are in memory at once. */
  async count(): Promise<number> {
    const keys = new Set<string>();
    for await (const key of this.#keys()) keys.add(key);
    const { pointers } = this.format;
    if (!pointers) return keys.size;
    let count = 0;
    for (const page of pagesOf([...keys])) {
      const heads = await Promise.all(
        page.map((key) => this.texts.run(readHead, [key], pointers.headLength)),
      );
      count += heads.filter((head) => head !== '' && !pointers.isOne(head)).length;
    }
    return count;
  }

  #keys(): AsyncIterableIterator<string> {
    return this.#view.keys({ prefix: this.format.keyPrefix });
  }

  clear(): Promise<void> {
    return this.#view.clear();
  }

  /** What was found under the key, if it is a session that has not ended, or a pointer. */
  readLive(key: string, found: Found): Loaded | undefined {
    const loaded = this.format.read(key, found);
    if (!loaded) return this.#reportForeign(key);
    const { cookie, endsAt, movedTo } = loaded.stored;
    if (movedTo !== undefined || endsAt + this.#rules.graceMs > this.clock.now()) return loaded;
    // If the cookie has no end, the store ends the session by its own clock, unless that end may be forged.
    const isEndOfStore = this.#rules.endOf(cookie) === undefined && !this.format.endIsSealed;
    return isEndOfStore ? loaded : undefined;
  }

  /** Not an error, which would come again with every request of that browser: "not found" gives it a new session. */
  #reportForeign(key: string): undefined {
    if (this.#warned) return;
    this.#warned = true;
    const name = this.format.keysAreIds ? hashOf(key) : key;
    process.emitWarning(
      `The value under the key of session ${name} (a hash of its id) is not a session that can be read, and counts as not ` +
        'found; later ones will not be reported. Does something else write to this namespace? Is a secret missing, or ' +
        'acceptUnsealed (for sessions that were stored before there were secrets)?',
      { type: 'MusterWarning', code: 'MUSTER_CORRUPT_SESSION' },
    );
  }
}

function* pagesOf(keys: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < keys.length; at += PAGE) yield keys.slice(at, at + PAGE);
}
