// The leases of a worker's jobs. They are extended all together, and the worker knows that one is over before the store may give
// the job to another worker.
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import type { RunningJob } from './running-job.js';

/** Parts of the lease: from one extension to the next, and to the next attempt after a failure. */
const EXTEND_EVERY = 1 / 3;
const RETRY_EVERY = 1 / 15;
/** The part of a lease that is left unused, since clocks do not run at the same speed. */
const MARGIN = 0.1;
const MAX_MARGIN_MS = 1_000;

/** Resolves with whether the lease of each was held. */
type Extend = (jobs: readonly RunningJob<unknown>[]) => Promise<boolean[]>;

export class Leases {
  readonly #leaseMs: number;
  readonly #extend: Extend;
  readonly #jobs = new Set<RunningJob<unknown>>();
  #timer: NodeJS.Timeout | undefined;
  /** On the monotonic clock. */
  #extendAt = Number.POSITIVE_INFINITY;
  #isExtending = false;

  constructor(leaseMs: number, extend: Extend) {
    this.#leaseMs = leaseMs;
    this.#extend = extend;
  }

  /** When a lease that was requested at `start` is over for certain; both on the monotonic clock. */
  endOf(start: number): number {
    return start + this.#leaseMs - Math.min(this.#leaseMs * MARGIN, MAX_MARGIN_MS);
  }

  add(job: RunningJob<unknown>): void {
    if (this.#jobs.size === 0) this.#extendAt = performance.now() + this.#leaseMs * EXTEND_EVERY;
    this.#jobs.add(job);
    if (!this.#timer) this.#arm();
  }

  /** The job has ended, or its lease was lost. */
  delete(job: RunningJob<unknown>): void {
    this.#jobs.delete(job);
    if (this.#jobs.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#jobs.size === 0) return;
    let at = this.#isExtending ? Number.POSITIVE_INFINITY : this.#extendAt;
    for (const { leaseEnd } of this.#jobs) at = Math.min(at, leaseEnd);
    this.#timer = setTimeout(() => this.#due(), Math.max(at - performance.now(), 0));
  }

  #due(): void {
    for (const job of this.#jobs) if (!job.isHeld) this.#jobs.delete(job);
    if (!this.#isExtending && performance.now() >= this.#extendAt) void this.#extendAll();
    this.#arm();
  }

  async #extendAll(): Promise<void> {
    this.#isExtending = true;
    const jobs = [...this.#jobs];
    const start = performance.now();
    let every = EXTEND_EVERY;
    try {
      const flags = await this.#extend(jobs);
      for (const [at, job] of jobs.entries()) {
        if (!this.#jobs.has(job)) continue;
        if (flags[at]) job.leaseEnd = this.endOf(start);
        else job.lose('the store gave it to another one, or it was given back');
        if (!flags[at]) this.#jobs.delete(job);
      }
    } catch {
      // The outcome is unknown: the present leases go on, and the extension is tried again as long as they last.
      every = RETRY_EVERY;
    }
    this.#isExtending = false;
    this.#extendAt = performance.now() + this.#leaseMs * every;
    this.#arm();
  }
}
