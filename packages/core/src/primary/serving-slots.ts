// Which slots have servers. `ready: 'auto'` cannot see that code will listen once a database has answered, where it does
// not return that promise; but where one worker of a slot did, the next one will.
import type { Worker } from 'node:cluster';
import type { WorkerIdentity } from '../worker-status.js';

export class ServingSlots {
  readonly #serving = new Set<string>();

  /** Whether a worker of this slot listened while it started: then its successors are ready when they do. */
  has(identity: WorkerIdentity): boolean {
    return this.#serving.has(keyOf(identity));
  }

  /**
   * From its fork on.
   *
   * @param withinMs after which a server is not one that it starts with
   * @returns whether it listens by now
   */
  watch(worker: Worker, identity: WorkerIdentity, withinMs: number): () => boolean {
    const forkedAt = performance.now();
    let listens = false;
    worker.on('listening', ({ addressType }) => {
      if (String(addressType).startsWith('udp')) return;
      listens = true;
      if (performance.now() - forkedAt <= withinMs) this.#serving.add(keyOf(identity));
    });
    return () => listens;
  }
}

function keyOf({ role, slot }: WorkerIdentity): string {
  return `${slot} ${role}`;
}
