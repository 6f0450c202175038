// Group commit: the writes that a process makes at once share one LMDB transaction.
import { Capacity } from './capacity.js';
import type { Environment } from './environment.js';
import { ExpiryIndex } from './expiry-index.js';
import { toStoreError } from './failure.js';
import { COMMIT_FLAGS } from './gate.js';
import { LmdbTransaction } from './transaction.js';

type Work<Output> = (transaction: LmdbTransaction) => Output;

interface Job {
  readonly work: Work<unknown>;
  readonly resolve: (output: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs in one transaction: about half a millisecond, for which every other writer of the machine waits. */
const BATCH_JOBS = 256;

/** Milliseconds between two sweeps of this process, while sweeping keeps up. */
const SWEEP_EVERY_MS = 100;
const SWEEP_LIMIT = 256;

/** Milliseconds between two looks for reader slots of killed processes, which would keep old pages in use. */
const READER_CHECK_EVERY_MS = 1_000;

export class Writer {
  readonly #environment: Environment;
  readonly #index: ExpiryIndex;
  readonly #transaction: LmdbTransaction;
  #queue: Job[] = [];
  #sweepAt = 0;
  #readerCheckAt = 0;

  constructor(environment: Environment, maxBytes: number) {
    this.#environment = environment;
    this.#index = new ExpiryIndex(environment);
    this.#transaction = new LmdbTransaction(
      environment,
      this.#index,
      new Capacity(environment, maxBytes, (now) => this.#index.sweep(now, SWEEP_LIMIT) > 0),
    );
  }

  /** For reads outside of a write transaction, each with a snapshot of its own. */
  get snapshot(): LmdbTransaction {
    return this.#transaction.begin();
  }

  /** Whether writes wait for their commit; a read that comes after them must not overtake them. */
  get busy(): boolean {
    return this.#queue.length > 0;
  }

  /** Runs `work` alone, on the newest state, and settles once that is committed and seen by every process. */
  write<Output>(work: Work<Output>): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      // At the end of this turn's microtasks at the latest: a lone write waits for nothing, and the writes of
      // one Promise.all come together.
      if (this.#queue.push({ work, resolve, reject }) === 1) queueMicrotask(() => this.flush());
    });
  }

  /** Commits whatever waits. */
  flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (let start = 0; start < queue.length; start += BATCH_JOBS) {
      this.#commit(queue.length <= BATCH_JOBS ? queue : queue.slice(start, start + BATCH_JOBS));
    }
  }

  #commit(jobs: readonly Job[]): void {
    let outputs: unknown[];
    try {
      const { gate, entries } = this.#environment;
      outputs = gate.pass(() =>
        entries.transactionSync(() => {
          this.#maintain();
          return jobs.map(({ work }) => work(this.#transaction.begin()));
        }, COMMIT_FLAGS),
      );
    } catch (error) {
      // Nothing of the batch was applied. Alone, only the job that cannot be done fails.
      if (jobs.length > 1) for (const job of jobs) this.#commit([job]);
      else jobs[0]?.reject(toStoreError(error, this.#environment.path));
      return;
    }
    for (const [position, job] of jobs.entries()) job.resolve(outputs[position] as never);
  }

  #maintain(): void {
    const now = Date.now();
    if (now < this.#sweepAt) return;
    const due = this.#index.sweep(now, SWEEP_LIMIT);
    this.#sweepAt = due === SWEEP_LIMIT ? now : now + SWEEP_EVERY_MS;
    if (now < this.#readerCheckAt) return;
    this.#readerCheckAt = now + READER_CHECK_EVERY_MS;
    this.#environment.entries.readerCheck();
  }
}
