// The shared store as the primary uses it: opened when it is first needed, and not at all if the app has none.
import { existsSync } from 'node:fs';
import type { SharedStore } from '@muster/store';
import { resolveStoreTarget } from '@muster/store/cluster';

export class PrimaryStore {
  #store: SharedStore | undefined;

  preload(): Promise<unknown> {
    return loadStore();
  }

  /** `undefined` if the app has no store: its primary does not create one. */
  async open(): Promise<SharedStore | undefined> {
    if (!this.isInUse()) return undefined;
    const { createSharedStore } = await loadStore();
    this.#store ??= createSharedStore();
    return this.#store;
  }

  /** Whether the app has one. */
  isInUse(): boolean {
    return this.#store !== undefined || isInUse();
  }

  /** Never rejects. It does not wait for calls to a store that cannot be reached. */
  async close(): Promise<void> {
    const isAway = this.#store?.status === 'degraded';
    const closed = this.#store?.close().catch(() => {});
    if (!isAway) await closed;
  }
}

function isInUse(): boolean {
  const target = resolveStoreTarget();
  return target.engine !== 'embedded' || existsSync(target.path);
}

function loadStore() {
  return import('@muster/store');
}
