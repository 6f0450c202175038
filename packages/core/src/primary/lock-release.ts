// Frees what a dead worker held in the shared store, before anybody hears that it is gone.
import { existsSync } from 'node:fs';
import { createSharedStore, resolveStoreTarget, type SharedStore } from '@muster/store';
import { ownerGone } from '@muster/store/cluster';
import type { Log } from './log.js';

/** Milliseconds that news of an exit waits for the store at most. */
const PATIENCE_MS = 1_000;

export class LockRelease {
  readonly #log: Log;
  #store: SharedStore | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Never rejects. Where the store does not answer, locks end with their leases. */
  async release(owner: string): Promise<void> {
    if (!this.#isInUse()) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    try {
      this.#store ??= createSharedStore();
      await Promise.race([ownerGone(this.#store, owner), late]);
    } catch (error) {
      this.#log.warn(
        'store.release',
        `the locks of a worker that is gone could not be freed, and end with their leases: ${String(error)}`,
        { owner, error },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#store?.close().catch(() => {});
  }

  /** The primary of an app that has no store makes none. */
  #isInUse(): boolean {
    if (this.#store) return true;
    const target = resolveStoreTarget();
    return target.engine === 'redis' || existsSync(target.path);
  }
}
