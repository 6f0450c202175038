// Where the workers of a slot listen: a new one has every address of the one before it.
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
  /** Of the worker that serves, or served last. */
  #last: WorkerAddresses | undefined;

  /** @param timeoutMs that a worker has to be ready */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * What a worker that is ready lacks of what the one that serves has, once that is known; `undefined`: nothing. One that
   * ends meanwhile lacks nothing: its exit says the rest.
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

  /** It serves from here on. Settles with what it lacks all the same, since nothing else of this slot can have it. */
  async takeOver(worker: WorkerProcess): Promise<readonly string[]> {
    const had = this.#last;
    this.#last = worker.addresses;
    if (!had) return [];
    const wanted = requiredAddresses(had, this.#timeoutMs);
    // As it is now: the one before drains, and closes them.
    const addresses = wanted.addresses();
    return untilListeningOn(worker, { ...wanted, addresses: () => addresses }).catch(() => []);
  }
}
