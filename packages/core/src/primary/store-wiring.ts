// Puts the store's address where `createSharedStore()` finds it, here and in the workers.
import { resolveStoreTarget } from '@muster/store/cluster';
import type { StoreWiring } from '../cluster-options.js';

/** Here and not only in the workers' environment, so that the primary agrees. Returns what takes it back. */
export function wireStore(store: StoreWiring | undefined): () => void {
  const { url } = resolveStoreTarget(store);
  // A primary that a worker has started has its environment, but is a member of no cluster but its own.
  delete process.env.MUSTER_SLOT;
  const before = process.env.MUSTER_STORE_URL;
  if (url) process.env.MUSTER_STORE_URL = url;
  return () => {
    if (before === undefined) delete process.env.MUSTER_STORE_URL;
    else process.env.MUSTER_STORE_URL = before;
  };
}
