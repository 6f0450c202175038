// Puts the store's address where `createSharedStore()` finds it, here and in the workers.
import { resolveStoreTarget } from '@muster/store/cluster';
import type { StoreWiring } from '../cluster-options.js';
import { InvalidOptionError } from '../errors.js';

/** Here and not only in the workers' environment, so that the primary agrees. Returns what takes it back. */
export function wireStore(store: StoreWiring | undefined): () => void {
  const { url, engine } = resolveStoreTarget(store);
  if (engine === 'memory') {
    throw new InvalidOptionError(
      `The store ${url} is in the memory of one process: each worker would have another one. Give an lmdb: or a Redis URL.`,
    );
  }
  // A primary that a worker has started has its environment, but is a member of no cluster but its own.
  delete process.env.MUSTER_SLOT;
  const before = process.env.MUSTER_STORE_URL;
  if (url) process.env.MUSTER_STORE_URL = url;
  return () => {
    if (before === undefined) delete process.env.MUSTER_STORE_URL;
    else process.env.MUSTER_STORE_URL = before;
  };
}
