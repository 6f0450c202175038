// Frees the locks that a dead worker held in the shared store, before its exit is announced.

import { existsSync } from 'node:fs';
import type { SharedStore } from '@muster/store';
import { ownerGone, resolveStoreTarget } from '@muster/store/cluster';
import type { Log } from '../../cluster-extension.js';
import { within } from '../../process/deadline.js';
import type { Extension } from '../extension.js';

/** Milliseconds, at most, that the announcement of an exit waits for the store. */
const TIMEOUT_MS = 1_000;

export class LockRelease implements Extension {
  readonly name = 'locks';
  readonly #log: Log;
  #store: SharedStore | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  preload(): Promise<unknown> {
    return loadStore();
  }

  /** Never rejects. If the store does not answer, the locks end with their leases. */
  async release(owner: string): Promise<void> {
    if (!this.#isInUse()) return;
    try {
      await within(TIMEOUT_MS, this.#free(owner), () => new Error(`no answer in ${TIMEOUT_MS} ms`));
    } catch (error) {
      this.#log.warn(
        'store.release',
        `the locks of a worker that is gone could not be freed, and end with their leases: ${String(error)}`,
        { owner, error },
      );
    }
  }

  async stopped(): Promise<void> {
    await this.#store?.close().catch(() => {});
  }

  async #free(owner: string): Promise<void> {
    const { createSharedStore } = await loadStore();
    this.#store ??= createSharedStore();
    await ownerGone(this.#store, owner);
  }

  /** If the app has no store, its primary does not create one. */
  #isInUse(): boolean {
    if (this.#store) return true;
    const target = resolveStoreTarget();
    return target.engine !== 'embedded' || existsSync(target.path);
  }
}

function loadStore() {
  return import('@muster/store');
}
