// createSchedule(): a queue for the runs, and a clock that adds them.
import { type OptionNames, shown } from '@muster/codec/options';
import { ownersGone, ownOwner } from '@muster/store/procedures';
import { InvalidOptionError, QueueClosedError } from '../errors.js';
import { checkCallback, checkNames, checkNone, whole } from '../options/checks.js';
import { resolveQueue } from '../options/queue-options.js';
import { addJobs } from '../procedures/add-jobs.js';
import type { Job } from '../queue.js';
import { QueueHome } from '../queue-home.js';
import type { Schedule, ScheduleHandler, ScheduleOptions, ScheduleRun } from '../schedule.js';
import { JobWorker } from '../worker/job-worker.js';
import { nextWorkerNumber, Surroundings } from '../worker/surroundings.js';
import { manualJob, ScheduleClock } from './clock.js';
import { KIND, pauseSchedule } from './procedures.js';
import { runOfJob } from './run-of-job.js';
import { type Times, timesOf } from './times.js';

const NAMES: OptionNames = {
  known: new Set([
    ...['store', 'name', 'cron', 'timeZone', 'everyMs', 'at', 'missed', 'graceMs', 'overlap'],
    ...['attempts', 'backoff', 'leaseMs'],
  ]),
  advice: {
    timezone: 'did you mean timeZone?',
    tz: 'did you mean timeZone?',
    pattern: 'did you mean cron?',
    every: 'did you mean everyMs, in milliseconds?',
    noOverlap: 'runs do not overlap where overlap is not given',
    protect: 'runs do not overlap where overlap is not given',
  },
};

/** How many runs go on at once in one process if they may overlap. */
const OVERLAPPING = 16;
const KEPT = { count: 100 };

/**
 * Runs `handler` at each due time, in one of the processes that have this schedule. Returns at once.
 *
 * @throws InvalidOptionError
 */
export function createSchedule(options: ScheduleOptions, handler: ScheduleHandler): Schedule {
  checkNames('createSchedule()', options, NAMES);
  checkCallback('The handler of createSchedule()', handler);
  const { store, name, attempts, backoff, leaseMs, missed = 'once', overlap = false } = options;
  if (missed !== 'once' && missed !== 'skip') {
    throw new InvalidOptionError(`missed is 'once' or 'skip', and not ${shown(missed)}`);
  }
  if (typeof overlap !== 'boolean') {
    throw new InvalidOptionError(`overlap is true or false, and not ${shown(overlap)}`);
  }
  const graceMs = whole('graceMs', options.graceMs ?? 60_000, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  });
  const times = timesOf(options);
  const rules = { store, name, attempts, backoff, leaseMs, keepDone: KEPT, keepFailed: KEPT };
  const home = new QueueHome(
    resolveQueue({ ...rules, ...(overlap ? {} : { maxRunning: 1 }) }, KIND),
  );
  const around = new Surroundings(home, ownersGone(store), ownOwner(), nextWorkerNumber());
  const concurrency = overlap ? OVERLAPPING : 1;
  const worker = new JobWorker(
    home,
    (job: Job<unknown>) => handler(runOf(job)),
    concurrency,
    around,
  );
  const rule = { missed, graceMs, overlap, attempts: home.options.attempts };
  void home.enroll();
  return new SharedSchedule(home, times, new ScheduleClock(home, times, rule), worker);
}

class SharedSchedule implements Schedule {
  readonly name: string;
  readonly #home: QueueHome;
  readonly #times: Times;
  readonly #clock: ScheduleClock;
  readonly #worker: JobWorker<unknown, unknown>;
  #isClosed = false;

  constructor(
    home: QueueHome,
    times: Times,
    clock: ScheduleClock,
    worker: JobWorker<unknown, unknown>,
  ) {
    this.name = home.name;
    this.#home = home;
    this.#times = times;
    this.#clock = clock;
    this.#worker = worker;
  }

  async next(...given: unknown[]): Promise<Date | undefined> {
    checkNone('next()', given);
    this.#checkOpen();
    const record = await this.#clock.record();
    return record && record.next > 0 && record.paused === 0 ? new Date(record.next) : undefined;
  }

  async last(...given: unknown[]): Promise<Date | undefined> {
    checkNone('last()', given);
    this.#checkOpen();
    const record = await this.#clock.record();
    return record && record.last > 0 ? new Date(record.last) : undefined;
  }

  async runNow(...given: unknown[]): Promise<void> {
    checkNone('runNow()', given);
    this.#checkOpen();
    const { attempts, maxJobs, maxBytes } = this.#home.options;
    await this.#home.run(addJobs, { groups: [[manualJob(attempts)]], maxJobs, maxBytes });
  }

  async pause(...given: unknown[]): Promise<void> {
    checkNone('pause()', given);
    this.#checkOpen();
    await this.#clock.record();
    await this.#home.run(pauseSchedule, { isPaused: true, next: 0 });
  }

  async resume(...given: unknown[]): Promise<void> {
    checkNone('resume()', given);
    this.#checkOpen();
    const { last = 0 } = (await this.#clock.record()) ?? {};
    const next = this.#times.after(Math.max(this.#clock.now(), last)) ?? 0;
    await this.#home.run(pauseSchedule, { isPaused: false, next });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#clock.close();
    await this.#worker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new QueueClosedError(this.name);
  }
}

function runOf(job: Job<unknown>): ScheduleRun {
  return {
    ...runOfJob(job.id, job.data),
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    token: job.token,
    // The signal of the job, which looks at the clock when it is read.
    get signal() {
      return job.signal;
    },
    progress: (progress) => job.progress(progress),
  };
}
