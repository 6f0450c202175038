// Opens the store that a command means.
import type { SharedStore, SharedStoreOptions } from '@muster/store';
import { openExisting } from '@muster/store/care';

export interface WhichStore {
  readonly url?: string;
  readonly keyPrefix?: string;
}

export function storeOptions({ url, keyPrefix }: WhichStore): SharedStoreOptions {
  return { ...(url !== undefined && { url }), ...(keyPrefix !== undefined && { keyPrefix }) };
}

/** @throws StoreError if there is no such store. */
export async function withStore(
  which: WhichStore,
  use: (store: SharedStore) => Promise<void>,
): Promise<void> {
  await using store = openExisting(storeOptions(which));
  await use(store);
}
