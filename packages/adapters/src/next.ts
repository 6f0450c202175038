// Cache handlers of Next.js: one cache, and one state of every tag, for all workers and machines.

import { type CacheHandlerClass, cacheHandlerClass } from './next/cache-handler.js';
import { handlerOfUseCache, type UseCacheHandler } from './next/use-cache-handler.js';
import { type AdapterOptions, checkAdapterOptions } from './shared/options.js';

export type { CacheHandlerClass, RouteCacheHandler } from './next/cache-handler.js';
export type { UseCacheEntry, UseCacheHandler } from './next/use-cache-handler.js';

/**
 * The class for `cacheHandler` of next.config: pages, routes and fetches. Give the handlers of an app the same `namespace`, so that
 * they share its tags.
 *
 * @throws InvalidOptionError
 *
 * @example
 * // cache-handler.mjs
 * export default createCacheHandler({ store: createSharedStore() });
 */
export function createCacheHandler(options: AdapterOptions): CacheHandlerClass {
  checkAdapterOptions('createCacheHandler()', options);
  return cacheHandlerClass(options);
}

/**
 * A handler for `cacheHandlers` of next.config: what `'use cache'` caches.
 *
 * @throws InvalidOptionError
 *
 * @example
 * // use-cache-handler.mjs
 * export default createUseCacheHandler({ store: createSharedStore() });
 */
export function createUseCacheHandler(options: AdapterOptions): UseCacheHandler {
  checkAdapterOptions('createUseCacheHandler()', options);
  return handlerOfUseCache(options);
}
