// Group commit: the writes of one turn of a process share one LMDB transaction.
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers';
import type { EngineOptions } from '../../engine.js';
import { DeadlineExceededError, type StoreError } from '../../errors.js';
import { Capacity } from '../capacity/capacity.js';
import type { Times } from '../capacity/expiry-time.js';
import { toStoreError } from '../files/failure.js';
import { ChangeLog } from '../watch/change-log.js';
import type { Environment } from './environment.js';
import { ExpiryIndex } from './expiry-index.js';
import { COMMIT_FLAGS } from './process-mutex.js';
import { LmdbTransaction } from './transaction.js';
import { PAUSE_MS } from './write-lock.js';

type Limits = Pick<EngineOptions, 'maxBytes' | 'checksums'>;

type Work<Output> = (transaction: LmdbTransaction) => Output;

interface Job {
  readonly work: Work<unknown>;
  readonly deadlineMs: number;
  /** The engine's own upkeep: reads need not wait for it. */
  readonly isUpkeep: boolean;
  /** The time of its deadline; 0 until it has to wait. */
  until: number;
  readonly resolve: (output: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The most jobs in one transaction: about half a millisecond, in which all other writers of the machine wait. */
const BATCH_JOBS = 256;

/** Attempts to get the lock in consecutive turns of the event loop; after that there are pauses in between. */
const EAGER_TRIES = 4;

/** Index lines that are processed before the free room is computed again. */
const RECLAIM_LIMIT = 64;

const SETTLED = Promise.resolve();

export class Writer {
  readonly #environment: Environment;
  readonly #capacity: Capacity;
  readonly #transaction: LmdbTransaction;
  readonly #snapshot: LmdbTransaction;
  readonly index: ExpiryIndex;
  readonly log: ChangeLog;
  #queue: Job[] = [];
  #abandoned: StoreError | undefined;
  /** Tries in a row that did not get the lock. */
  #tries = 0;
  readonly #flushSoon = (): void => this.#flush();

  /** Called after a commit whose changes were recorded for watchers. */
  onChanges = (): void => {};

  constructor(environment: Environment, { maxBytes, checksums }: Limits) {
    this.#environment = environment;
    this.log = new ChangeLog(environment);
    this.index = new ExpiryIndex(environment, this.log);
    this.#capacity = new Capacity(environment, maxBytes, (times) => this.#reclaim(times));
    const parts = [environment, this.index, this.#capacity, this.log] as const;
    this.#transaction = new LmdbTransaction(...parts, checksums);
    this.#snapshot = new LmdbTransaction(...parts, checksums, environment.read);
  }

  /** For reads outside of a write transaction, each with a snapshot of its own. */
  get snapshot(): LmdbTransaction {
    this.#environment.beginRead();
    return this.#snapshot.begin();
  }

  /** Whether writes of callers wait for their commit. A later read must not overtake them. */
  get busy(): boolean {
    return this.#queue.some(({ isUpkeep }) => !isUpkeep);
  }

  /**
   * Runs `work` alone, on the newest state, and settles once that is committed and seen by every process.
   *
   * @throws DeadlineExceededError if the lock was never free; `work` has not run then, and will not.
   */
  write<Output>(work: Work<Output>, deadlineMs: number): Promise<Output> {
    return this.#enqueue(work, deadlineMs, false);
  }

  /** Like `write`, for upkeep of the engine: reads do not wait for it. */
  upkeep<Output>(work: Work<Output>, deadlineMs: number): Promise<Output> {
    return this.#enqueue(work, deadlineMs, true);
  }

  /** Stops writing: waiting and later jobs fail with `reason`. */
  abandon(reason: StoreError): void {
    this.#abandoned = reason;
    for (const job of this.#queue.splice(0)) job.reject(reason);
  }

  /** Resolves when no job waits any more. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }

  #enqueue<Output>(work: Work<Output>, deadlineMs: number, isUpkeep: boolean): Promise<Output> {
    if (this.#abandoned) return Promise.reject(this.#abandoned);
    return new Promise<Output>((resolve, reject) => {
      // It runs at the end of this turn's microtasks at the latest: a single write does not wait, and the writes of one
      // Promise.all are committed together.
      const job = { work, deadlineMs, isUpkeep, until: 0, resolve, reject };
      // A promise is the cheapest microtask: Node's queueMicrotask keeps an async context for each.
      if (this.#queue.push(job) === 1) void SETTLED.then(this.#flushSoon);
    });
  }

  #flush(): void {
    while (this.#queue.length > 0) {
      if (!this.#environment.lock.tryAcquire()) {
        this.#wait();
        return;
      }
      this.#tries = 0;
      const jobs = this.#next();
      let hasChanges = false;
      try {
        hasChanges = this.#commit(jobs);
      } finally {
        this.#environment.lock.release();
      }
      if (hasChanges) this.onChanges();
    }
  }

  #next(): readonly Job[] {
    if (this.#queue.length > BATCH_JOBS) return this.#queue.splice(0, BATCH_JOBS);
    const jobs = this.#queue;
    this.#queue = [];
    return jobs;
  }

  /** @returns whether there are changes to report to watchers. */
  #commit(jobs: readonly Job[]): boolean {
    const { mutex, entries, page, slot } = this.#environment;
    let outputs: unknown[];
    let hasChanges = false;
    page.enter(slot);
    try {
      outputs = mutex.runExclusive(() =>
        entries.transactionSync(() => {
          this.#capacity.keepReserve();
          this.log.begin();
          const results = jobs.map(({ work }) => work(this.#transaction.begin()));
          hasChanges = this.log.end();
          return results;
        }, COMMIT_FLAGS),
      );
    } catch (error) {
      // Nothing of the batch was applied. Alone, only the job that cannot be done fails.
      if (jobs.length > 1) return jobs.map((job) => this.#commit([job])).includes(true);
      jobs[0]?.reject(toStoreError(error, this.#environment.path));
      return false;
    } finally {
      page.leave(slot);
    }
    for (const [position, job] of jobs.entries()) job.resolve(outputs[position] as never);
    return hasChanges;
  }

  /** Another process has the lock. This event loop must not block on it. */
  #wait(): void {
    const now = performance.now();
    for (const job of this.#queue) {
      if (job.until !== 0) break;
      job.until = now + job.deadlineMs;
    }
    const again = (): void => {
      this.#giveUp();
      this.#flush();
    };
    if (this.#tries++ < EAGER_TRIES) setImmediate(again);
    else setTimeout(again, PAUSE_MS);
  }

  #giveUp(): void {
    const now = performance.now();
    const isLate = ({ until }: Job): boolean => until !== 0 && until <= now;
    if (!this.#queue.some(isLate)) return;
    const late = this.#queue.filter(isLate);
    this.#queue = this.#queue.filter((job) => !isLate(job));
    const holder = this.#environment.lock.describeHolder();
    for (const job of late) {
      job.reject(
        new DeadlineExceededError(
          `The embedded store at ${this.#environment.path} could not be written to within ${job.deadlineMs} ms: ` +
            `its write lock was held ${holder}; nothing was changed, and it can be tried again`,
        ),
      );
    }
  }

  #reclaim(times: Times): boolean {
    return this.index.sweep(times, RECLAIM_LIMIT) > 0 || this.index.evict(RECLAIM_LIMIT) > 0;
  }
}
