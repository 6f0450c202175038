// Sets the store's address where `createSharedStore()` finds it, here and in the workers.
import { resolveStoreTarget } from '@muster/store/cluster';
import type { StoreWiring } from '../cluster-options.js';
import { InvalidOptionError } from '../errors.js';

/** Sets it in the primary's own environment, so that primary and workers agree. Returns a function that undoes it. */
export function wireStore(store: StoreWiring | undefined): () => void {
  const { url, engine } = resolveStoreTarget(store);
  if (engine === 'memory') {
    throw new InvalidOptionError(
      `The store ${url} is in the memory of one process: each worker would have another one. Give an lmdb: or a Redis URL.`,
    );
  }
  // A primary that was started by a worker has inherited its environment, but is not a member of that cluster.
  delete process.env.MUSTER_SLOT;
  const before = process.env.MUSTER_STORE_URL;
  if (url) process.env.MUSTER_STORE_URL = url;
  return () => {
    if (before === undefined) delete process.env.MUSTER_STORE_URL;
    else process.env.MUSTER_STORE_URL = before;
  };
}
