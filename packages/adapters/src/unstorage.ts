// unstorage on a shared store, with a `watch` that hears the changes of all processes.
import type { Expiry, UntypedView } from '@muster/store';
import type { Driver, StorageMeta, StorageValue, WatchCallback } from 'unstorage';
import { type CacheOptions, cacheView } from './shared/cache-view.js';

/** Options of a call. `ttl` is in seconds, as with all drivers of unstorage. */
interface CallOptions {
  readonly ttl?: number | undefined;
}

/**
 * Keeps the items of a storage in a shared store, for all processes.
 *
 * @example
 * const storage = createStorage({ driver: createStorageDriver({ store }) });
 * await storage.setItem('motd', 'hello', { ttl: 60 });
 *
 * @param options `namespace` is `unstorage` by default.
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createStorageDriver(options: CacheOptions): Driver<CacheOptions> {
  const view = cacheView('createStorageDriver()', 'unstorage', options);
  return {
    name: 'muster',
    flags: { ttl: true },
    options,
    hasItem: (key) => view.has(key),
    getItem: async (key) => (await view.get<StorageValue>(key)) ?? null,
    async getItems(items) {
      const values = await view.getMany<StorageValue>(items.map(({ key }) => key));
      return items.map(({ key }, at) => ({ key, value: values[at] ?? null }));
    },
    async setItem(key, value, call) {
      await view.set(key, value, expiryOf(call));
    },
    setItems: (items, call) =>
      view.setMany(items.map(({ key, value, options = call }) => [key, value, expiryOf(options)])),
    async removeItem(key) {
      await view.delete(key);
    },
    getMeta: (key) => metaOf(view, key),
    getKeys: (base) => keysOf(view, base),
    clear: (base) => view.clear({ prefix: base ?? '' }),
    watch: (callback) => watch(view, callback),
  };
}

function expiryOf({ ttl }: CallOptions = {}): Expiry {
  return ttl ? { ttlMs: ttl * 1_000 } : {};
}

/** `ttl` is what is left, in seconds; without it the item does not expire. */
async function metaOf(view: UntypedView, key: string): Promise<StorageMeta | null> {
  const ttlMs = await view.ttlMs(key);
  if (ttlMs === undefined) return null;
  return Number.isFinite(ttlMs) ? { ttl: ttlMs / 1_000 } : {};
}

/** @param base of a mount below which the storage was asked it is missing. */
async function keysOf(view: UntypedView, base: string | undefined): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of view.keys({ prefix: base ?? '' })) keys.push(key);
  return keys;
}

/** unstorage has no word for "changes were missed": every item that exists is reported as updated then. */
function watch(view: UntypedView, callback: WatchCallback): Promise<() => void> {
  return view.watch({ prefix: '' }, (change) => {
    if (change.type === 'change') {
      callback(change.value === undefined ? 'remove' : 'update', change.key);
      return;
    }
    void keysOf(view, '').then(
      (keys) => {
        for (const key of keys) callback('update', key);
      },
      // The store is away again: another reset follows.
      () => {},
    );
  });
}
