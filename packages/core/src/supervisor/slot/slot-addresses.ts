// Compares where the workers of a slot listen: a new one must have every address of its predecessor.
import { lackOf, requiredAddresses, untilListeningOn } from '../process/required-addresses.js';
import type { WorkerAddresses } from '../process/worker-addresses.js';
import type { WorkerProcess } from '../process/worker-process.js';

export interface MissingAddresses {
  /** By name. */
  readonly missing: readonly string[];
  /** For people. */
  readonly lack: string;
}

export class SlotAddresses {
  readonly #timeoutMs: number;
  /** The addresses of the worker that serves, or served last. */
  #last: WorkerAddresses | undefined;

  /** @param timeoutMs how long a worker may take to be ready */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * The addresses of the serving worker that a ready worker lacks, once that is known; `undefined`: none. A worker that
   * ends meanwhile lacks nothing, because its exit says enough.
   */
  async lackOf(
    worker: WorkerProcess,
    signal: AbortSignal | undefined,
  ): Promise<MissingAddresses | undefined> {
    if (!this.#last) return undefined;
    const wanted = requiredAddresses(this.#last, this.#timeoutMs);
    const missing = await untilListeningOn(worker, wanted, signal).catch(() => []);
    if (missing.length === 0 || signal?.aborted) return undefined;
    return { missing, lack: lackOf(missing, worker.addresses.current) };
  }

  /** The worker serves from here on. Settles with the addresses that it lacks all the same. */
  async takeOver(worker: WorkerProcess): Promise<readonly string[]> {
    const had = this.#last;
    this.#last = worker.addresses;
    if (!had) return [];
    const wanted = requiredAddresses(had, this.#timeoutMs);
    // The addresses as they are now, because the predecessor closes them while it drains.
    const addresses = wanted.addresses();
    return untilListeningOn(worker, { ...wanted, addresses: () => addresses }).catch(() => []);
  }
}
