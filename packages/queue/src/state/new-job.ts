// Jobs as they are added, and the answer.

/** A job to add. */
export interface NewJob {
  readonly id: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly maxAttempts: number;
  readonly dedupeMs: number;
  readonly bytes: number;
  /** The ids of the jobs that have to be done before. */
  readonly after: readonly string[];
  readonly data: string;
  /** Whether no job can have this id yet. */
  readonly isFresh: boolean;
}

export interface Bounds {
  readonly maxJobs: number;
  readonly maxBytes: number;
}

/** The bound that the jobs would exceed. */
export type Full = 'jobs' | 'bytes';

/** Whether each job is new. */
export type Added = readonly boolean[] | Full;
