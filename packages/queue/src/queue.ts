/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of a queue: what an app calls, and what it may rely on. It is the same on every engine of the store, and the
 * conformance suite (`@muster/queue/testing`) checks it on each.
 *
 * - A job that `add` acknowledged runs at least once, and then is done, or is in `failed()`. It runs more than once where an
 *   attempt failed, or its lease ended before the store heard that it was done.
 * - One worker at a time runs a job: it holds a lease, which it extends, and a fencing token that grows from lease to
 *   lease. The `signal` of a job whose lease could not be extended is aborted before the lease ends.
 * - A worker process that ends gives its jobs back: at once where its Muster primary saw the end, else when the leases end.
 *   Each time counts as an attempt.
 * - Jobs are taken by priority, then by due time, then by arrival.
 * - Idle workers wait for the store to wake them, and ask it nothing meanwhile.
 * - Data, results and progress are what `@muster/codec` carries. All of a queue is in one slot of a Redis Cluster.
 */
import type { SharedStore } from '@muster/store';

export interface QueueOptions {
  store: SharedStore;
  /** 1 to 128 bytes of UTF-8. The same queue for all who give the same name, in the same store. */
  name: string;
  /** How often a job is tried before it has failed for good. Default 3. */
  attempts?: number | undefined;
  backoff?: Backoff | undefined;
  /** Milliseconds; a job whose worker is gone runs again after this at the latest. 100 to 86,400,000; default 30,000. */
  leaseMs?: number | undefined;
  /** Jobs that are not done; `add` above it is `MUSTER_QUEUE_FULL`. Default 10,000,000. */
  maxJobs?: number | undefined;
  /** Bytes of the data of jobs that are not done; `add` above it is `MUSTER_QUEUE_FULL`. Default 1 GiB. */
  maxBytes?: number | undefined;
  /** Which jobs that are done stay, with their results. Default `{ count: 1_000, forMs: 3_600_000 }`; `false`: none. */
  keepDone?: Keeping | false | undefined;
  /** Which jobs that failed for good stay. Default: all. */
  keepFailed?: Keeping | undefined;
  /** Jobs that may start in a period, on all workers together. Default: no limit. */
  limit?: QueueLimit | undefined;
  /** Jobs that may run at once, on all workers together. Default: no limit. */
  maxRunning?: number | undefined;
}

export interface Backoff {
  /** Milliseconds before the second attempt. Default 1,000. */
  delayMs?: number | undefined;
  /** By which it grows with each attempt. Default 2. */
  factor?: number | undefined;
  /** The most that it grows to. Default 3,600,000. */
  maxMs?: number | undefined;
  /** The part of it that is chance, from 0 to 1. Default 0.5: from half of it to all of it. */
  jitter?: number | undefined;
}

/** The newest `count`, each for `forMs` after its end. A part that is left out is no bound. */
export interface Keeping {
  count?: number | undefined;
  forMs?: number | undefined;
}

/** As the store's rate limits have it. */
export interface QueueLimit {
  limit: number;
  periodMs: number;
  /** Jobs that may start at once after a pause. Default: `limit`. */
  burst?: number | undefined;
}

export interface AddOptions {
  /**
   * 1 to 256 bytes of UTF-8, without a NUL. A job whose id another one has is not added, as long as that is not done. Default: a random one.
   */
  id?: string | undefined;
  /** Milliseconds for which the id stays taken when the job is done. Default 0. */
  dedupeMs?: number | undefined;
  /** The higher ones come first: a whole number from -1,000,000 to 1,000,000. Default 0. */
  priority?: number | undefined;
  /** Milliseconds before it may start. Default 0. */
  delayMs?: number | undefined;
  /** Default: that of the queue. */
  attempts?: number | undefined;
  /**
   * Ids of jobs that have to be done before. Those that are not there (any more) count as done. Where one fails for good, this
   * job waits for its retry; where one is removed, this job fails.
   */
  after?: readonly string[] | undefined;
}

export type AddEntry<Data> = AddOptions & { data: Data };

export interface Added {
  readonly id: string;
  /** False where a job of that id was there already: it is left as it is. */
  readonly isNew: boolean;
}

/** `blocked`: it waits for jobs of its `after`. */
export type JobState = 'waiting' | 'delayed' | 'blocked' | 'running' | 'done' | 'failed';

/** A job as the store knows it. */
export interface JobInfo<Data, Result = unknown> {
  readonly id: string;
  readonly state: JobState;
  readonly data: Data;
  readonly priority: number;
  /** Attempts that were begun. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly addedAt: Date;
  /** When it may start, or might have. */
  readonly dueAt: Date;
  /** When it was done, or failed for good. */
  readonly endedAt: Date | undefined;
  /** What was told last. */
  readonly progress: unknown;
  readonly result: Result | undefined;
  /** Of the last attempt that failed. */
  readonly error: JobError | undefined;
}

/** What is kept of an error: it may have come from another process. */
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
  /** Of this attempt, from 1 on. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Grows from lease to lease, for all jobs of the queue: what protects others from a worker that comes too late. */
  readonly token: number;
  /** Is aborted when the lease is lost. What the handler does from then on, another one may do as well. */
  readonly signal: AbortSignal;
  /**
   * Has `progress` told to those who listen, and kept with the job.
   *
   * @throws JobLeaseLostError
   */
  progress(progress: unknown): Promise<void>;
}

export type JobHandler<Data, Result> = (job: Job<Data>) => Result | Promise<Result>;

export interface WorkOptions {
  /** Jobs that this worker runs at once. Default 1. */
  concurrency?: number | undefined;
  /** Closes the worker when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** As a server that listens, it keeps its process alive until it is closed. */
export interface QueueWorker extends AsyncDisposable {
  /** Jobs that run here now. */
  readonly running: number;
  /** Takes no more jobs, and settles when those under way have ended and the store knows. */
  close(): Promise<void>;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly blocked: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  /** Bytes of the data of those that are not done. */
  readonly bytes: number;
  readonly isPaused: boolean;
}

/** `retrying`: an attempt failed, and there is another one. `stalled`: a lease ended before the job did. */
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
 * In the order in which it happened, in whichever process. `gap`: more happened at once than is kept (1,000 events), or the
 * store was out of reach; look with `get` or `counts`.
 */
export type QueueEvent =
  | { readonly type: QueueEventName; readonly id: string }
  | { readonly type: 'gap' };

export interface ListOptions {
  /** Jobs that are left out first. Default 0. */
  start?: number | undefined;
  /** Default 100, at most 1,000. */
  limit?: number | undefined;
}

/** Every call rejects with a `StoreError` where the store does, and settles within its `deadlineMs` if nothing else is said. */
export interface Queue<Data, Result = unknown> extends AsyncDisposable {
  readonly name: string;
  /** @throws QueueFullError, UnsupportedValueError, ValueTooLargeError, InvalidOptionError */
  add(data: Data, options?: AddOptions): Promise<Added>;
  /** All of them, or none. The answers come in their order. */
  addMany(entries: Iterable<AddEntry<Data>>): Promise<Added[]>;
  get(id: string): Promise<JobInfo<Data, Result> | undefined>;
  /**
   * The result of the job, once it is done.
   *
   * @throws JobFailedError where it failed for good; JobNotFoundError where there is none of that id, or none any more; the reason
   *   of `signal`.
   */
  wait(id: string, options?: { signal?: AbortSignal | undefined }): Promise<Result>;
  /** Says whether it was there. A job that is running is not removed. Jobs that wait for it fail. */
  remove(id: string): Promise<boolean>;
  /** Has a job that failed for good, or waits for its time, run now. Says whether there was one. */
  retry(id: string): Promise<boolean>;
  /** The oldest first. */
  failed(options?: ListOptions): Promise<JobInfo<Data, Result>[]>;
  /** In the order in which they are taken. */
  waiting(options?: ListOptions): Promise<JobInfo<Data, Result>[]>;
  counts(): Promise<QueueCounts>;
  /** Has no worker take a job until `resume()`. Those under way go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Settles when no job waits, is delayed, or runs. It is not bounded by `deadlineMs`. */
  drain(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** Drops all jobs but those that run. Says how many. */
  clear(): Promise<number>;
  /**
   * Resolves when events are told, from every process. What `listener` throws is a process warning.
   *
   * @returns its unsubscribe.
   */
  listen(listener: (event: QueueEvent) => void): Promise<() => void>;
  /** Runs `handler` for each job, on this process. Returns at once. */
  work(handler: JobHandler<Data, Result>, options?: WorkOptions): QueueWorker;
  /** Closes the workers of this object, and ends what it listens to. The store is closed by whoever made it. */
  close(): Promise<void>;
}
