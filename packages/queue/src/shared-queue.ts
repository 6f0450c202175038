// createQueue(): the calls of the contract, on top of the procedures.
import { onAbort } from '@muster/codec/abort-listeners';
import { traceSending } from '@muster/codec/tracing';
import type { TransactionHandle } from '@muster/store';
import { ownersGone, ownOwner } from '@muster/store/procedures';
import {
  JobFailedError,
  JobNotFoundError,
  JobOrphanedError,
  QueueClosedError,
  QueueFullError,
} from './errors.js';
import { EventFeed } from './events/event-feed.js';
import { until } from './events/until.js';
import { Additions } from './jobs/additions.js';
import { readError, writtenError } from './jobs/job-error.js';
import { jobInfo, listedJob, valueIn } from './jobs/job-info.js';
import { checkCallback, checkNames, checkNone, checkSignal, whole } from './options/checks.js';
import { checkId, newJob, newJobs } from './options/new-jobs.js';
import { resolveQueue } from './options/queue-options.js';
import { awaitJob } from './procedures/await-job.js';
import { clearJobs, pauseQueue, removeJob, retryJob } from './procedures/change-queue.js';
import { dropStrays } from './procedures/drop-strays.js';
import { listJobs } from './procedures/look.js';
import { countsOf, lookAtQueue } from './procedures/look-at-queue.js';
import type {
  AddEntry,
  Added,
  AddOptions,
  JobHandler,
  JobInfo,
  ListOptions,
  Queue,
  QueueCounts,
  QueueEvent,
  QueueOptions,
  QueueWorker,
  WorkOptions,
} from './queue.js';
import { QueueHome } from './queue-home.js';
import { KEYS } from './state/meta.js';
import type { NewJob } from './state/new-job.js';
import { parseJob, type State } from './state/record.js';
import { JobWorker } from './worker/job-worker.js';
import { checkIndexes } from './worker/mending.js';
import { nextWorkerNumber, Surroundings } from './worker/surroundings.js';

const WORK = { known: new Set(['concurrency', 'signal']) };
const LIST = { known: new Set(['start', 'limit']) };
const WAIT = { known: new Set(['signal']) };

const LIST_MOST = 1_000;
/** The most jobs that one call drops, since other calls wait meanwhile. */
const CLEAR_LIMIT = 500;
const MOST_WORKERS = 10_000;

/**
 * A queue that all processes share. It does not ask the store for anything until it is used.
 *
 * @throws InvalidOptionError
 */
export function createQueue<Data, Result = unknown>(options: QueueOptions): Queue<Data, Result> {
  return queueIn(undefined, options);
}

/** @param kind the part of the store in which its jobs are. @throws InvalidOptionError */
export function queueIn<Data, Result = unknown>(
  kind: string | undefined,
  options: QueueOptions,
): Queue<Data, Result> {
  return new SharedQueue(new QueueHome(resolveQueue(options, kind)), options.store);
}

class SharedQueue<Data, Result> implements Queue<Data, Result> {
  readonly name: string;
  readonly #home: QueueHome;
  readonly #store: QueueOptions['store'];
  readonly #events: EventFeed;
  readonly #additions: Additions;
  readonly #workers = new Set<QueueWorker>();
  readonly #over = new AbortController();

  constructor(home: QueueHome, store: QueueOptions['store']) {
    this.#home = home;
    this.#store = store;
    this.name = home.name;
    this.#events = new EventFeed(home);
    this.#additions = new Additions(home);
  }

  async add(data: Data, options: AddOptions = {}): Promise<Added> {
    const { attempts } = this.#home.options;
    const added = traceSending('add', this.name, () =>
      this.#add([newJob(data, options, attempts)]),
    );
    return (await added)[0] as Added;
  }

  async addMany(entries: Iterable<AddEntry<Data>>): Promise<Added[]> {
    return traceSending('add', this.name, async () => {
      const jobs = newJobs(entries, this.#home.options.attempts);
      return jobs.length === 0 ? [] : this.#add(jobs);
    });
  }

  addIn(transaction: TransactionHandle, data: Data, options: AddOptions = {}): string {
    this.#checkOpen();
    const job = traceSending('add', this.name, () =>
      newJob(data, options, this.#home.options.attempts),
    );
    this.#home.checkSize(job.data);
    this.#home.addIn(transaction, job);
    void this.#home.enroll();
    return job.id;
  }

  async get(id: string): Promise<JobInfo<Data, Result> | undefined> {
    this.#checkOpen();
    const { texts, base } = this.#home;
    const text = await texts.get(base + KEYS.job + checkId(id));
    return text === undefined ? undefined : jobInfo(parseJob(id, text));
  }

  async wait(id: string, options: { signal?: AbortSignal | undefined } = {}): Promise<Result> {
    checkNames('wait()', options, WAIT);
    checkSignal(options.signal);
    const isOf = (event: QueueEvent): boolean => event.type === 'gap' || event.id === id;
    const { result } = await this.#until(isOf, options.signal, async () => {
      const text = await this.#home.run(awaitJob, checkId(id));
      if (text === '') throw new JobNotFoundError(this.name, id);
      const { state, attempts, outcome } = parseJob(id, text);
      if (state === 'f') throw new JobFailedError(this.name, id, attempts, readError(outcome));
      return state === 'c' ? { result: valueIn(outcome) as Result } : undefined;
    });
    return result;
  }

  async remove(id: string): Promise<boolean> {
    this.#checkOpen();
    const message = `The job ${JSON.stringify(checkId(id))}, which it waited for, was removed`;
    const outcome = writtenError(new JobOrphanedError(message));
    const removal = await this.#home.run(removeJob, { id, outcome });
    if (removal === 'damaged') await checkIndexes(this.#home);
    return removal !== 'gone';
  }

  async retry(id: string): Promise<boolean> {
    this.#checkOpen();
    return this.#home.run(retryJob, checkId(id));
  }

  async failed(options?: ListOptions): Promise<JobInfo<Data, Result>[]> {
    return this.#list('f', 'failed()', options);
  }

  async waiting(options?: ListOptions): Promise<JobInfo<Data, Result>[]> {
    return this.#list('w', 'waiting()', options);
  }

  async counts(...given: unknown[]): Promise<QueueCounts> {
    checkNone('counts()', given);
    this.#checkOpen();
    return countsOf(await this.#home.run(lookAtQueue, undefined));
  }

  async pause(...given: unknown[]): Promise<void> {
    checkNone('pause()', given);
    this.#checkOpen();
    await this.#home.run(pauseQueue, true);
  }

  async resume(...given: unknown[]): Promise<void> {
    checkNone('resume()', given);
    this.#checkOpen();
    await this.#home.run(pauseQueue, false);
  }

  async drain(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    checkNames('drain()', options, WAIT);
    checkSignal(options.signal);
    const mayEnd = ({ type }: QueueEvent): boolean =>
      type === 'gap' || type === 'done' || type === 'failed' || type === 'removed';
    await this.#until(mayEnd, options.signal, async () => {
      const { waiting, delayed, running } = await this.counts();
      return waiting + delayed + running === 0 ? {} : undefined;
    });
  }

  async clear(...given: unknown[]): Promise<number> {
    checkNone('clear()', given);
    this.#checkOpen();
    let sum = 0;
    for (let dropped = CLEAR_LIMIT, isFirst = true; dropped === CLEAR_LIMIT; isFirst = false) {
      dropped = await this.#home.run(clearJobs, { limit: CLEAR_LIMIT, isFirst });
      sum += dropped;
    }
    for await (const ids of this.#home.allIds(CLEAR_LIMIT)) {
      sum += await this.#home.run(dropStrays, ids);
    }
    return sum;
  }

  async listen(listener: (event: QueueEvent) => void): Promise<() => void> {
    this.#checkOpen();
    checkCallback('What listen() is given', listener);
    return this.#events.listen(listener);
  }

  work(handler: JobHandler<Data, Result>, options: WorkOptions = {}): QueueWorker {
    this.#checkOpen();
    checkCallback('The handler of work()', handler);
    checkNames('work()', options, WORK);
    checkSignal(options.signal);
    const { concurrency = 1, signal } = options;
    whole('concurrency', concurrency, { min: 1, max: MOST_WORKERS });
    const around = new Surroundings(
      this.#home,
      ownersGone(this.#store),
      ownOwner(),
      nextWorkerNumber(),
    );
    let unlisten: (() => void) | undefined;
    const leave = (): void => {
      unlisten?.();
      this.#workers.delete(worker);
    };
    const worker = new JobWorker<Data, Result>(this.#home, handler, concurrency, around, leave);
    this.#workers.add(worker);
    void this.#home.enroll();
    const close = (): void => void worker.close();
    if (signal?.aborted) close();
    else unlisten = signal && onAbort(signal, close);
    return worker;
  }

  async close(): Promise<void> {
    this.#over.abort(new QueueClosedError(this.name));
    this.#events.close();
    await Promise.all(Array.from(this.#workers, (worker) => worker.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #add(jobs: readonly NewJob[]): Promise<Added[]> {
    this.#checkOpen();
    for (const { data } of jobs) this.#home.checkSize(data);
    void this.#home.enroll();
    const added = await this.#additions.add(jobs);
    if (typeof added === 'string') throw new QueueFullError(this.name, added, this.#home.options);
    return jobs.map(({ id }, at) => ({ id, isNew: added[at] === true }));
  }

  async #list(
    state: State,
    call: string,
    options: ListOptions = {},
  ): Promise<JobInfo<Data, Result>[]> {
    this.#checkOpen();
    checkNames(call, options, LIST);
    const { start = 0, limit = 100 } = options;
    whole('start', start, { min: 0, max: Number.MAX_SAFE_INTEGER });
    whole('limit', limit, { min: 1, max: LIST_MOST });
    const jobs = await this.#home.run(listJobs, { state, start, limit });
    return jobs.map((job) => listedJob(job));
  }

  #until<Found>(
    concerns: (event: QueueEvent) => boolean,
    given: AbortSignal | undefined,
    look: () => Promise<Found | undefined>,
  ): Promise<Found> {
    this.#checkOpen();
    // Not AbortSignal.any(): Node 20 and 22 keep something of each such signal for as long as the queue is there.
    const signals = [this.#over.signal, ...(given ? [given] : [])];
    return until(this.#events, concerns, signals, look);
  }

  #checkOpen(): void {
    this.#over.signal.throwIfAborted();
  }
}
