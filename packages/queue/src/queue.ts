/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of a queue: the calls, and what they promise. It is the same on every engine of the store, and the conformance
 * suite (`@muster/queue/testing`) checks it on each.
 *
 * - A job that `add` acknowledged runs at least once, and is then done, or is in `failed()`. It runs more than once if an attempt
 *   failed, or if its lease ended before the store knew that it was done.
 * - One worker at a time runs a job: it holds a lease, which it extends, and a fencing token that grows from lease to
 *   lease. The `signal` of a job whose lease could not be extended is aborted before the lease ends.
 * - Jobs of a worker process that ends run again: at once if its Muster primary saw the end, else when their leases end and some
 *   worker of the queue is there to notice. Each time counts as an attempt.
 * - Jobs are taken by priority, then by due time, then by arrival.
 * - An idle worker waits for the store to wake it, and sends it nothing meanwhile, but to drop jobs that are no longer kept.
 * - What other programs write into its keys fails the job that it concerns, with `MUSTER_CORRUPT_VALUE`; the others go on. Workers
 *   go through the whole queue then, once a minute at most, and put back what an index has lost.
 * - Data, results and progress are what `@muster/codec` carries. All keys of a queue are in one slot of a Redis Cluster.
 */
import type { SharedStore, TransactionHandle } from '@muster/store';

export interface QueueOptions {
  store: SharedStore;
  /** 1 to 128 bytes of UTF-8. The same name in the same store is the same queue. */
  name: string;
  /** The number of attempts before a job has failed for good. Default 3. */
  attempts?: number | undefined;
  backoff?: Backoff | undefined;
  /** Milliseconds after which a job whose worker is gone may run again. 100 to 86,400,000; default 30,000. */
  leaseMs?: number | undefined;
  /** The most jobs that are not done, failed ones included; above it `add` rejects with `MUSTER_QUEUE_FULL`. Default 10,000,000. */
  maxJobs?: number | undefined;
  /** The most bytes of data of those jobs; above it `add` rejects with `MUSTER_QUEUE_FULL`. Default 1 GiB. */
  maxBytes?: number | undefined;
  /** Which done jobs are kept, with their results. Default `{ count: 1_000, forMs: 3_600_000 }`; `false`: none. */
  keepDone?: Keeping | false | undefined;
  /** Which jobs that failed for good are kept. Default: all. */
  keepFailed?: Keeping | undefined;
  /** How many jobs may start in a period, on all workers together. Default: no limit. */
  limit?: QueueLimit | undefined;
  /** How many jobs may run at once, on all workers together. Default: no limit. */
  maxRunning?: number | undefined;
}

export interface Backoff {
  /** Milliseconds before the second attempt. Default 1,000. */
  delayMs?: number | undefined;
  /** The factor by which that grows with each attempt. Default 2. */
  factor?: number | undefined;
  /** The longest delay, in milliseconds. Default 3,600,000. */
  maxMs?: number | undefined;
  /** The random part of a delay, from 0 to 1. Default 0.5: a delay is between half and all of its length. */
  jitter?: number | undefined;
}

/**
 * The newest `count` jobs, and up to a sixteenth more (at most 16), each for `forMs` after its end. Without one of the two, that
 * one is no bound. Workers drop the others: at once if they have nothing to do, up to a second late beyond `forMs`, and else as
 * jobs end, at least as many as have ended.
 */
export interface Keeping {
  count?: number | undefined;
  forMs?: number | undefined;
}

/** As the options of the store's rate limits. */
export interface QueueLimit {
  limit: number;
  periodMs: number;
  /** How many jobs may start at once after a pause. Default: `limit`. */
  burst?: number | undefined;
}

export interface AddOptions {
  /**
   * 1 to 256 bytes of UTF-8, without a NUL. A job is not added as long as another one with its id is not done. Default: a
   * random id.
   */
  id?: string | undefined;
  /** How long the id stays taken after the job is done, in milliseconds. Default 0. */
  dedupeMs?: number | undefined;
  /** Jobs with a higher priority come first: a whole number from -1,000,000 to 1,000,000. Default 0. */
  priority?: number | undefined;
  /** Milliseconds before it may start. Default 0. */
  delayMs?: number | undefined;
  /** Default: that of the queue. */
  attempts?: number | undefined;
  /**
   * Ids of jobs that have to be done before. An id without a job counts as done. If one of the jobs fails for good, this job
   * waits for its retry; if one is removed, or dropped by `keepFailed`, this job fails.
   */
  after?: readonly string[] | undefined;
}

export type AddEntry<Data> = AddOptions & { data: Data };

export interface Added {
  readonly id: string;
  /** `false` if there was a job with that id already. It is left as it is. */
  readonly isNew: boolean;
}

/** `blocked`: it waits for the jobs in its `after`. */
export type JobState = 'waiting' | 'delayed' | 'blocked' | 'running' | 'done' | 'failed';

/** A job as the store knows it. */
export interface JobInfo<Data, Result = unknown> {
  readonly id: string;
  readonly state: JobState;
  readonly data: Data;
  readonly priority: number;
  /** The number of attempts that have begun. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly addedAt: Date;
  /** The time from which it may start. */
  readonly dueAt: Date;
  /** When it was done, or failed for good. */
  readonly endedAt: Date | undefined;
  /** The last value that its handler gave to `progress()`. */
  readonly progress: unknown;
  readonly result: Result | undefined;
  /** The error of the last attempt that failed. */
  readonly error: JobError | undefined;
}

/** The parts of an error that are kept. It may have come from another process. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** A job as its handler sees it. */
export interface Job<Data> {
  readonly id: string;
  readonly data: Data;
  /** The number of this attempt; the first is 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** The fencing token: it grows from lease to lease, for all jobs of the queue. Use it to refuse writes of a worker that is too late. */
  readonly token: number;
  /** Aborted when the lease is lost. From then on another worker may run the job as well. */
  readonly signal: AbortSignal;
  /**
   * Sends `progress` to all who listen, and keeps it with the job.
   *
   * @throws JobLeaseLostError
   */
  progress(progress: unknown): Promise<void>;
}

export type JobHandler<Data, Result> = (job: Job<Data>) => Result | Promise<Result>;

export interface WorkOptions {
  /** How many jobs this worker runs at once. Default 1. */
  concurrency?: number | undefined;
  /** Closes the worker when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** Keeps its process alive until it is closed, like a server that listens. */
export interface QueueWorker extends AsyncDisposable {
  /** The number of jobs that run here now. */
  readonly running: number;
  /** Takes no more jobs, and resolves when the jobs under way have ended and the store knows it. */
  close(): Promise<void>;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly blocked: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  /** The bytes of data of the jobs that are not done. */
  readonly bytes: number;
  /** How long the oldest of the waiting jobs could have started, in milliseconds; 0 if none waits. */
  readonly oldestMs: number;
  readonly isPaused: boolean;
}

/** A queue as the store knows it. */
export interface QueueInfo extends QueueCounts {
  readonly name: string;
}

/** `retrying`: an attempt failed, and another one follows. `stalled`: a lease ended before its job did. */
export type QueueEventName =
  | 'added'
  | 'started'
  | 'progress'
  | 'done'
  | 'failed'
  | 'retrying'
  | 'stalled'
  | 'removed';

/**
 * Events come in order, from every process. `gap`: there were more at once than are kept (1,000), or the store could not be reached;
 * look with `get` or `counts`.
 */
export type QueueEvent =
  | { readonly type: QueueEventName; readonly id: string }
  | { readonly type: 'gap' };

export interface ListOptions {
  /** How many jobs to skip. Default 0. */
  start?: number | undefined;
  /** Default 100, at most 1,000. */
  limit?: number | undefined;
}

/** Every call rejects with the store's error if the store does, and settles within the store's `deadlineMs` unless it says otherwise. */
export interface Queue<Data, Result = unknown> extends AsyncDisposable {
  readonly name: string;
  /** @throws QueueFullError, UnsupportedValueError, ValueTooLargeError, InvalidOptionError */
  add(data: Data, options?: AddOptions): Promise<Added>;
  /** Adds all of the jobs, or none. The answers are in the order of the entries. */
  addMany(entries: Iterable<AddEntry<Data>>): Promise<Added[]>;
  /**
   * Adds a job with a transaction of the same store: it is there once the transaction is, and never if the transaction throws, changes
   * nothing or meets a conflict, after which its function runs again. As with `add`, no job is added if one with its `id` is not done.
   * If the queue is full, the transaction rejects with `MUSTER_QUEUE_FULL` and nothing is changed. On a Redis Cluster the keys of
   * the transaction must have the name of the queue as their hash tag (`order:7{mail}` for the queue `mail`).
   *
   * @returns the id of the job.
   * @throws QueueClosedError, UnsupportedValueError, ValueTooLargeError, InvalidOptionError, at once
   *
   * @example
   * await store.transaction(['order:7'], ([order], transaction) => {
   *   mail.addIn(transaction, { to: order.email });
   *   return [{ ...order, isPaid: true }];
   * });
   */
  addIn(transaction: TransactionHandle, data: Data, options?: AddOptions): string;
  /** @throws CorruptValueError if the job cannot be read. */
  get(id: string): Promise<JobInfo<Data, Result> | undefined>;
  /**
   * Resolves with the result of the job when it is done.
   *
   * A job that ends while somebody waits for it tells its end, whatever `keepDone` and `keepFailed` say. They say for how long a
   * later call finds it; 5 seconds at least.
   *
   * @throws JobFailedError if it failed for good; JobNotFoundError if there is no job with that id, or none any more;
   *   CorruptValueError if its record cannot be read; the reason of `signal`.
   */
  wait(id: string, options?: { signal?: AbortSignal | undefined }): Promise<Result>;
  /** Resolves with whether it was removed. A running job is not. Jobs that wait for it fail. */
  remove(id: string): Promise<boolean>;
  /** Makes a job run now that failed for good, or that is delayed. Resolves with whether there was one. */
  retry(id: string): Promise<boolean>;
  /** Jobs that failed for good, the oldest first. What cannot be read is left out of a job, and is its error. */
  failed(options?: ListOptions): Promise<JobInfo<Data, Result>[]>;
  /** Jobs that wait, in the order in which they are taken. */
  waiting(options?: ListOptions): Promise<JobInfo<Data, Result>[]>;
  counts(): Promise<QueueCounts>;
  /** No worker takes a job until `resume()`. Jobs under way go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when no job waits, is delayed, or runs. It is not bounded by `deadlineMs`. */
  drain(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Drops all jobs but those that run, and what else is in their places in the store; ids that `dedupeMs` keeps taken are free.
   * Resolves with the number of jobs. On Redis it goes through the keys of the database once.
   */
  clear(): Promise<number>;
  /**
   * Resolves when events of every process reach `listener`. If it throws, that is a process warning.
   *
   * @returns a function that ends it.
   */
  listen(listener: (event: QueueEvent) => void): Promise<() => void>;
  /** Runs `handler` for each job, on this process. Returns at once. */
  work(handler: JobHandler<Data, Result>, options?: WorkOptions): QueueWorker;
  /** Closes the workers of this object and ends its listeners. It does not close the store. */
  close(): Promise<void>;
}
