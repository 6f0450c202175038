// `@muster/store/cluster`: for whoever forks the processes that share a store, and sees them end. Loads no store: whoever has
// none does without one.
import { InvalidOptionError } from '../errors.js';
import { checkedOwner, GONE_MS, GONE_PREFIX } from '../locks/leases/owner.js';
import type { SharedStore } from '../store.js';

export { OWNER_ENV } from '../locks/leases/owner.js';
export { resolveStoreTarget } from '../open/target.js';

/**
 * To be called once the process of that owner has ended: what it held is free at once, and not only when its leases end.
 * That is locks, permits, leaderships and loads of caches; and, on the embedded engine, its place among the readers. It
 * writes one entry, however much was held. No other process may have that owner again.
 *
 * @param store any store on the same data.
 * @throws InvalidOptionError, StoreError
 */
export async function ownerGone(store: SharedStore, owner: string): Promise<void> {
  checkedOwner(owner);
  const { RootView } = await import('../open/root-view.js');
  if (!(store instanceof RootView)) {
    throw new InvalidOptionError(
      'The store is none that createSharedStore() made, or of another copy of @muster/store; install one copy of it',
    );
  }
  const engine = await store.opened();
  await Promise.all([
    engine.set(GONE_PREFIX + owner, '1', { forMs: GONE_MS }, 'always'),
    engine.processGone(),
  ]);
}
