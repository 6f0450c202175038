// `@muster/store/cluster`: for code that forks the processes that share a store. It does not load the store.
import { InvalidOptionError } from '../errors.js';
import { checkedOwner, GONE_MS, GONE_PREFIX } from '../locks/leases/owner.js';
import type { SharedStore } from '../store.js';

export { OWNER_ENV } from '../locks/leases/owner.js';
export { resolveStoreTarget } from '../open/target.js';

/**
 * Call it when the process of that owner has ended: whatever it held is free at once, instead of when its leases end. That is locks,
 * permits, leaderships and loads of caches, and on the embedded engine its reader slot. It writes one entry, however much was
 * held. No other process may use that owner again.
 *
 * @param store any store on the same data.
 * @param how it ended, such as `was killed by SIGKILL`, for those who report what it has left undone. At most 300 characters are kept.
 * @throws InvalidOptionError, StoreError
 */
export async function ownerGone(store: SharedStore, owner: string, how?: string): Promise<void> {
  checkedOwner(owner);
  const { RootView } = await import('../open/root-view.js');
  if (!(store instanceof RootView)) {
    throw new InvalidOptionError(
      'The store is none that createSharedStore() made, or of another copy of @muster/store; install one copy of it',
    );
  }
  const engine = await store.opened();
  const mark = how === undefined ? '1' : JSON.stringify(how.slice(0, 300));
  await Promise.all([
    engine.set(GONE_PREFIX + owner, mark, { forMs: GONE_MS }, 'always'),
    engine.processGone(),
  ]);
}
