// Takes jobs and runs them, up to its concurrency. A turn settles jobs that have ended and takes new ones, in one call.

import { performance } from 'node:perf_hooks';
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { encode } from '@muster/codec';
import { tellHolding } from '@muster/codec/holding';
import { clearTimer, MOST_MS, setTimer, type Timer } from '@muster/codec/timers';
import { isTraced, traceReceiving } from '@muster/codec/tracing';
import { QueueTroubleError } from '../errors.js';
import { noteOf } from '../jobs/note.js';
import { extendLeases } from '../procedures/hold-jobs.js';
import { takeJobs } from '../procedures/take-jobs.js';
import type { Settlement } from '../procedures/turn.js';
import type { JobHandler, QueueWorker } from '../queue.js';
import type { QueueHome } from '../queue-home.js';
import type { JobRecord } from '../state/record.js';
import { joinDrain } from './drain.js';
import { Leases } from './leases.js';
import { lookAgainMs } from './look-again.js';
import { Mender } from './mending.js';
import { RunningJob } from './running-job.js';
import { STALLED, type Surroundings } from './surroundings.js';
import { verdictOn } from './verdict.js';

/** Milliseconds before a failed call is tried again: at first, and at most. */
const RETRY_MS = 50;
const RETRY_MOST_MS = 2_000;

interface Ended {
  readonly job: RunningJob<unknown>;
  readonly settlement: Settlement;
}

export class JobWorker<Data, Result> implements QueueWorker {
  readonly #home: QueueHome;
  readonly #handler: JobHandler<Data, Result>;
  readonly #concurrency: number;
  readonly #surroundings: Surroundings;
  readonly #leases: Leases;
  readonly #mender: Mender;
  /** By their tokens: a job whose lease was lost may still run here when the job is taken again. */
  readonly #running = new Map<number, RunningJob<unknown>>();
  /** The settlements that the store does not know yet. */
  #ended: Ended[] = [];
  #isTurning = false;
  #isAgain = false;
  #isDue = false;
  /** Calls that failed in a row. */
  #failures = 0;
  /** Whether the store may have leased jobs to this worker without its knowledge. */
  #mayOwnMore = false;
  #timer: Timer | undefined;
  readonly #anchor = setInterval(() => {}, MOST_MS);
  readonly #leave: () => void;
  readonly #whenClosed: () => void;
  #isClosing = false;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(
    home: QueueHome,
    handler: JobHandler<Data, Result>,
    concurrency: number,
    surroundings: Surroundings,
    whenClosed = (): void => {},
  ) {
    this.#home = home;
    this.#handler = handler;
    this.#concurrency = concurrency;
    this.#surroundings = surroundings;
    const { leaseMs } = home.options;
    this.#leases = new Leases(leaseMs, (jobs) =>
      home.run(extendLeases, { held: jobs.map(({ id, token }) => ({ id, token })), leaseMs }),
    );
    this.#mender = new Mender(home, () => this.#turnSoon());
    this.#leave = joinDrain(() => this.close());
    this.#whenClosed = whenClosed;
    surroundings.start(() => this.#turnSoon());
    this.#turnSoon();
  }

  get running(): number {
    return this.#running.size;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    if (this.#running.size > 0 || this.#isTurning || this.#mayOwnMore) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
        this.#turnSoon();
      });
    }
    clearTimer(this.#timer);
    clearInterval(this.#anchor);
    this.#leave();
    await this.#mender.end();
    await this.#surroundings.end();
    this.#whenClosed();
  }

  /** Once for everything that happens in this turn of the event loop. */
  #turnSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      void this.#turns();
    });
  }

  async #turns(): Promise<void> {
    this.#isAgain = true;
    if (this.#isTurning) return;
    this.#isTurning = true;
    while (this.#isAgain) {
      this.#isAgain = false;
      await this.#turn();
    }
    this.#isTurning = false;
    if (this.#running.size === 0 && !this.#mayOwnMore) this.#whenIdle?.();
  }

  /** Never rejects. */
  async #turn(): Promise<void> {
    clearTimer(this.#timer);
    const ended = this.#ended;
    this.#ended = [];
    const take = this.#isClosing ? 0 : this.#concurrency - this.#running.size + ended.length;
    if (take === 0 && ended.length === 0 && !this.#mayOwnMore) return;
    const { owner } = this.#surroundings;
    const start = performance.now();
    try {
      if (this.#mayOwnMore) {
        await this.#surroundings.giveBackAllBut(this.#held());
        this.#mayOwnMore = false;
      }
      const settlements = ended.map(({ settlement }) => settlement);
      this.#mayOwnMore = take > 0;
      const turn = { ...this.#home.turn, settlements, take, owner, stalledOutcome: STALLED };
      const { jobs, nextMs, dropMs, isDamaged } = await this.#home.run(takeJobs, turn);
      this.#mayOwnMore = false;
      this.#failures = 0;
      if (jobs.length > 0) {
        tellHolding();
        void this.#home.enroll();
      }
      for (const { job } of ended) this.#forget(job);
      for (const job of jobs) this.#begin(job, this.#leases.endOf(start));
      const dueMs = nextMs === undefined ? Infinity : lookAgainMs(nextMs, 'store');
      const againMs = Math.min(dueMs, dropMs ?? Infinity);
      if (againMs < Infinity) this.#turnIn(againMs);
      if (isDamaged && !this.#isClosing) this.#mender.start();
    } catch (error) {
      this.#ended.unshift(...ended.filter(({ job }) => job.isHeld || this.#forget(job)));
      this.#retry(error);
    }
  }

  /** The ids of the jobs that this worker holds. */
  #held(): string[] {
    return Array.from(this.#running.values()).flatMap((job) => (job.isHeld ? job.id : []));
  }

  #retry(error: unknown): void {
    if (this.#home.isStoreClosed(error)) {
      for (const job of this.#running.values()) job.lose('the store was closed by this process');
      this.#running.clear();
      this.#ended = [];
      this.#mayOwnMore = false;
      void this.close();
      return;
    }
    if (this.#failures === 0) {
      process.emitWarning(new QueueTroubleError(this.#home.name, 'A worker', error));
    }
    this.#turnIn(Math.min(RETRY_MS * 2 ** this.#failures, RETRY_MOST_MS));
    this.#failures++;
  }

  #turnIn(ms: number): void {
    clearTimer(this.#timer);
    this.#timer = setTimer(() => this.#turnSoon(), ms);
  }

  /** @returns false, for filters. */
  #forget(job: RunningJob<unknown>): false {
    this.#leases.delete(job);
    this.#running.delete(job.token);
    return false;
  }

  async #begin(record: JobRecord, leaseEnd: number): Promise<void> {
    const job = new RunningJob<Data>(record, leaseEnd, this.#home);
    this.#running.set(job.token, job);
    this.#leases.add(job);
    // Its lease may have ended while others began here, and then it may run somewhere else.
    const settlement = job.isHeld ? await this.#settlementOf(job) : undefined;
    // A worker must not settle a job that it no longer holds.
    if (settlement && job.isHeld) this.#ended.push({ job, settlement });
    else this.#forget(job);
    // If none is left that could end in this turn of the event loop, there is nothing to wait for.
    if (this.#ended.length === this.#running.size) void this.#turns();
    else this.#turnSoon();
  }

  #handle(job: RunningJob<Data>): unknown {
    if (!isTraced()) return this.#handler(job);
    return traceReceiving('work', this.#home.name, noteOf(job.record.data), () =>
      this.#handler(job),
    );
  }

  /** Runs it. Never rejects. */
  async #settlementOf(job: RunningJob<Data>): Promise<Settlement> {
    const { id, token } = job;
    try {
      const result: unknown = await this.#handle(job);
      const outcome = result === undefined ? '' : encode(result);
      this.#home.checkSize(outcome);
      return { id, token, verdict: 'done', delayMs: 0, outcome };
    } catch (thrown) {
      return verdictOn(job.record, thrown, this.#home.options.backoff, Math.random());
    }
  }
}
