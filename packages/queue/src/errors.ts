// The errors of queues and schedules. What the shared store rejects with comes through as it is.
import { MusterError } from '@muster/codec/errors';
import { stackOf, textOfThrown } from '@muster/codec/thrown';
import type { JobError } from './queue.js';

/** An option or an argument is not one, or has no value that it can have. Nothing was done. */
export class QueueOptionError extends MusterError {
  readonly code = 'MUSTER_QUEUE_OPTION';
}

/** The queue has as many jobs, or bytes, as it may have (`maxJobs`, `maxBytes`). Nothing was added. */
export class QueueFullError extends MusterError {
  readonly code = 'MUSTER_QUEUE_FULL';
  readonly queue: string;

  constructor(queue: string, bound: 'maxJobs' | 'maxBytes', most: number) {
    super(
      `The queue ${JSON.stringify(queue)} would have more than its ${bound} of ${most}; add more workers, let jobs be added later, or raise ${bound}`,
    );
    this.queue = queue;
  }
}

/** The queue was closed, and takes no more calls. */
export class QueueClosedError extends MusterError {
  readonly code = 'MUSTER_QUEUE_CLOSED';

  constructor(queue: string) {
    super(`The queue ${JSON.stringify(queue)} was closed by this process; make another one`);
  }
}

/** There is no job of that id, or none any more: it was removed, or it is done and no longer kept (`keepDone`). */
export class JobNotFoundError extends MusterError {
  readonly code = 'MUSTER_JOB_NOT_FOUND';
  readonly id: string;

  constructor(queue: string, id: string) {
    super(
      `The queue ${JSON.stringify(queue)} has no job ${JSON.stringify(id)}, or has it no longer`,
    );
    this.id = id;
  }
}

/** The job that was waited for has failed for good. */
export class JobFailedError extends MusterError {
  readonly code = 'MUSTER_JOB_FAILED';
  readonly id: string;
  /** Of its last attempt. */
  readonly error: JobError | undefined;

  constructor(queue: string, id: string, attempts: number, error: JobError | undefined) {
    const why = error ? `: ${error.name}: ${error.message}` : '';
    super(
      `The job ${JSON.stringify(id)} of the queue ${JSON.stringify(queue)} failed for good after ${attempts} attempts${why}`,
    );
    this.id = id;
    this.error = error;
  }
}

/** The lease of a job ended before its handler did: another worker may be at it. It is the reason of the job's `signal`. */
export class JobLeaseLostError extends MusterError {
  readonly code = 'MUSTER_JOB_LEASE_LOST';
  readonly id: string;

  constructor(queue: string, id: string, reason: string) {
    super(
      `The job ${JSON.stringify(id)} of the queue ${JSON.stringify(queue)} is no longer this worker's: ${reason}`,
    );
    this.id = id;
  }
}

/** A handler throws it, or an error with it as `cause`, for a job that no other attempt could help: it fails for good. */
export class JobUnrecoverableError extends MusterError {
  readonly code = 'MUSTER_JOB_UNRECOVERABLE';
}

/** The error of a job whose worker died, or was stopped for longer than the lease. It counts as an attempt. */
export class JobStalledError extends MusterError {
  readonly code = 'MUSTER_JOB_STALLED';
}

/** The error of a job that waited for one that was removed. */
export class JobOrphanedError extends MusterError {
  readonly code = 'MUSTER_JOB_ORPHANED';
}

/** A process warning: a listener threw, or a worker cannot reach the store. It goes on. */
export class QueueTroubleError extends MusterError {
  readonly code = 'MUSTER_QUEUE_TROUBLE';
  /** Node prints it below the message. */
  readonly detail: string | undefined;

  constructor(queue: string, what: string, cause: unknown) {
    super(`${what} of the queue ${JSON.stringify(queue)}: ${textOfThrown(cause)}`, { cause });
    this.detail = stackOf(cause);
  }
}
