// The view of a store in which an adapter of a cache keeps its entries, and the options for it.
import type { NearOptions, UntypedView } from '@muster/store';
import { type AdapterOptions, checkAdapterOptions } from './options.js';

export interface CacheOptions extends AdapterOptions {
  /** Milliseconds until an entry expires that is written without a lifetime of its own. Default: never. */
  ttlMs?: number | undefined;
  /** Embedded: when the store is full, entries may be dropped, oldest first. Default: false. */
  evictable?: boolean | undefined;
  /** Redis: what was read is kept in the process until it is replaced; see `NamespaceOptions`. Default: false. */
  near?: boolean | NearOptions | undefined;
}

/**
 * @param taker such as `createKeyvStore()`.
 * @param name the default namespace.
 * @throws InvalidOptionError
 */
export function cacheView(taker: string, name: string, options: CacheOptions): UntypedView {
  checkAdapterOptions(taker, options, ['ttlMs', 'evictable', 'near']);
  const { store, namespace = name, ...about } = options;
  return store.namespace(namespace, about);
}
