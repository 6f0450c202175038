// Frees the locks that a dead worker held in the shared store, before its exit is announced.
import { ownerGone } from '@muster/store/cluster';
import type { Log } from '../../cluster-extension.js';
import { within } from '../../process/deadline.js';
import type { Extension } from '../extension.js';
import type { PrimaryStore } from './primary-store.js';

/** Milliseconds, at most, that the announcement of an exit waits for the store. */
const TIMEOUT_MS = 1_000;

export class LockRelease implements Extension {
  readonly name = 'locks';
  readonly #log: Log;
  readonly #store: PrimaryStore;

  constructor(log: Log, store: PrimaryStore) {
    this.#log = log;
    this.#store = store;
  }

  preload(): Promise<unknown> {
    return this.#store.preload();
  }

  /**
   * Never rejects. If the store does not answer, the locks end with their leases.
   *
   * @param how the process ended, such as `was killed by SIGKILL`: the error of jobs that it ran.
   * @param hasHeld whether it had anything that could stay behind
   */
  async release(owner: string, how: string, hasHeld: () => boolean): Promise<void> {
    try {
      await within(
        TIMEOUT_MS,
        this.#free(owner, how),
        () => new Error(`no answer in ${TIMEOUT_MS} ms`),
      );
    } catch (error) {
      if (!hasHeld()) return;
      this.#log.warn(
        'store.release',
        `the locks of a worker that is gone could not be freed, and end with their leases: ${String(error)}`,
        { owner, error },
      );
    }
  }

  async stopped(): Promise<void> {
    await this.#store.close();
  }

  async #free(owner: string, how: string): Promise<void> {
    const store = await this.#store.open();
    if (store) await ownerGone(store, owner, how);
  }
}
