/**
 * Keyv on a shared store, and with it what keeps its entries in a Keyv: cache-manager, Nest's CacheModule, Apollo Server.
 *
 * Keyv 5 takes this adapter as it is. Keyv 6 puts its own bridge in front of an adapter whose lifetimes are relative, as
 * these are, and prefixes the keys itself.
 */
import { EventEmitter } from 'node:events';
import type { Expiry, UntypedView } from '@muster/store';
import { type CacheOptions, cacheView } from './shared/cache-view.js';

interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** Milliseconds. */
  readonly ttl?: number | undefined;
}

/**
 * The storage adapter of one or several Keyvs; see `createKeyvStore`. Its keys are those that Keyv gives it, with Keyv's own
 * prefix: a Keyv without a namespace has those of all. A call of the store that fails rejects. Keyv 5 hides that of a `get`, so
 * `get` emits `error` as well.
 */
export class KeyvStore extends EventEmitter {
  /** Keyv 5 offers an iterator for dialects that it knows alone, and this is one. */
  // biome-ignore lint/suspicious/noExplicitAny: Keyv keeps options of its own here.
  readonly opts: any = { dialect: 'redis', url: '' };
  /**
   * Keyv 5 sets it to its own namespace. It does not exist before: Keyv 6 would leave the prefixes to an adapter that has it.
   */
  declare namespace?: string;
  readonly #view: UntypedView;

  constructor(view: UntypedView) {
    super();
    this.#view = view;
  }

  // Keyv 6 knows an adapter by its `async` methods.

  // biome-ignore lint/suspicious/noExplicitAny: as in Keyv.
  async get(key: string): Promise<any> {
    try {
      return await this.#view.get(key);
    } catch (error) {
      if (this.listenerCount('error') > 0) this.emit('error', error);
      throw error;
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in Keyv.
  async getMany(keys: string[]): Promise<any[]> {
    return this.#view.getMany(keys);
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return this.#view.set(key, value, expiryOf(ttl));
  }

  /** Resolves with `true` for each entry: all are written, or none. */
  // biome-ignore lint/suspicious/noExplicitAny: Keyv types it as nothing, and gives it to its caller as a list.
  async setMany(entries: readonly Entry[]): Promise<any> {
    await this.#view.setMany(entries.map(({ key, value, ttl }) => [key, value, expiryOf(ttl)]));
    return entries.map(() => true);
  }

  async delete(key: string): Promise<boolean> {
    return this.#view.delete(key);
  }

  /** Resolves with whether all of them existed. */
  async deleteMany(keys: string[]): Promise<boolean> {
    return (await this.#view.deleteMany(keys)) === new Set(keys).size;
  }

  async has(key: string): Promise<boolean> {
    return this.#view.has(key);
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return this.#view.hasMany(keys);
  }

  /** Deletes the entries of Keyv's namespace; all of them if it has none. */
  async clear(): Promise<void> {
    return this.#view.clear({ prefix: prefixOf(this.namespace) });
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in Keyv.
  async *iterator(namespace?: string): AsyncGenerator<any, void> {
    yield* this.#view.entries({ prefix: prefixOf(namespace) });
  }
}

function prefixOf(namespace: string | undefined): string {
  return namespace ? `${namespace}:` : '';
}

/** A time in the past removes the key: what Keyv is to keep for no time at all is not kept. */
function expiryOf(ttl: number | undefined): Expiry {
  if (ttl === undefined) return {};
  return ttl <= 0 ? { expiresAt: 0 } : { ttlMs: ttl };
}

/**
 * Keeps the entries of a Keyv in a shared store, for all processes.
 *
 * @example
 * const keyv = new Keyv({ store: createKeyvStore({ store }), namespace: 'users' });
 *
 * @param options `namespace` is the one of the store. Default: `keyv`. Keyvs share it by namespaces of their own, as long as each
 * has one, and none continues another with a colon, as `a:b` does `a`.
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createKeyvStore(options: CacheOptions): KeyvStore {
  return new KeyvStore(cacheView('createKeyvStore()', 'keyv', options));
}
