// Sessions as they are in the store: found, listed and removed, by id or by handle.
import { InvalidArgumentError, type SharedStore, type StoreView } from '@muster/store';
import { getAndDelete, type Texts, textsOf } from '@muster/store/procedures';
import { connectRedisFormat } from './formats/connect-redis-format.js';
import type { Format, Found, Loaded } from './formats/format.js';
import { MusterFormat } from './formats/muster-format.js';
import { handleOf } from './handle.js';
import type { LeaseRules } from './lease.js';
import type { ResolvedOptions } from './options.js';
import type { UserIndex } from './user-index.js';

/** How many sessions a listing asks for at a time. */
const PAGE = 100;

export class StoredSessions {
  readonly format: Format;
  readonly texts: Texts;
  readonly #view: StoreView;
  readonly #rules: LeaseRules;
  #warned = false;

  /** @throws InvalidArgumentError */
  constructor(
    store: SharedStore,
    rules: LeaseRules,
    { prefix, seal, isConnectRedis }: Pick<ResolvedOptions, 'prefix' | 'seal' | 'isConnectRedis'>,
  ) {
    if (isConnectRedis && store.engine !== 'redis') {
      throw new InvalidArgumentError(
        'Sessions of connect-redis are in Redis, and this store is embedded; give a store with the url of that Redis',
      );
    }
    this.#view = store.namespace(prefix);
    this.texts = textsOf(this.#view);
    this.#rules = rules;
    this.format = isConnectRedis ? connectRedisFormat : new MusterFormat(rules, seal);
  }

  async find(key: string): Promise<Loaded | undefined> {
    return this.#living(key, await this.format.find(this.texts, key));
  }

  /** Those that are there, of these keys. */
  async findMany(keys: readonly string[]): Promise<[key: string, loaded: Loaded][]> {
    const found = await Promise.all(keys.map((key) => this.format.find(this.texts, key)));
    return keys.flatMap((key, position) => {
      const loaded = this.#living(key, found[position]);
      return loaded ? [[key, loaded] as [string, Loaded]] : [];
    });
  }

  /** @returns whether there was one. Where an index has it, it is taken out of there. */
  async remove(key: string, index: UserIndex | undefined): Promise<boolean> {
    if (!index) return this.#view.delete(key);
    const text = await this.texts.run(getAndDelete, [key], undefined);
    const gone = text === undefined ? undefined : this.format.read(key, { text });
    if (gone) await index.forget(handleOf(gone.stored.id), gone.stored.place);
    return text !== undefined;
  }

  async *all(): AsyncIterableIterator<Loaded> {
    let page: string[] = [];
    for await (const key of this.keys()) {
      page.push(key);
      if (page.length < PAGE) continue;
      for (const [, loaded] of await this.findMany(page)) yield loaded;
      page = [];
    }
    for (const [, loaded] of await this.findMany(page)) yield loaded;
  }

  keys(): AsyncIterableIterator<string> {
    return this.#view.keys({ prefix: this.format.keyPrefix });
  }

  clear(): Promise<void> {
    return this.#view.clear();
  }

  #living(key: string, found: Found | undefined): Loaded | undefined {
    if (!found) return undefined;
    const loaded = this.format.read(key, found);
    if (!loaded) return this.#foreign(key);
    const { cookie, endsAt } = loaded.stored;
    // One whose cookie has no end is the store's to end, by its own clock.
    const isOver = endsAt + this.#rules.graceMs <= Date.now();
    return isOver && this.#rules.endOf(cookie) !== undefined ? undefined : loaded;
  }

  /** An error would come again with every request of that browser; not found, it gets a new session. */
  #foreign(key: string): undefined {
    if (this.#warned) return;
    this.#warned = true;
    const name = this.format === connectRedisFormat ? handleOf(key) : key;
    process.emitWarning(
      `What is stored in the place of session ${name} (a hash of its id) is no session that can be read, and is treated ` +
        'as not found; others after it will be without a warning. Does something else write to this namespace, or is ' +
        'a secret missing?',
      { type: 'MusterWarning', code: 'MUSTER_CORRUPT_SESSION' },
    );
  }
}
