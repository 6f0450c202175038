// The errors of queues and schedules. Errors of the shared store come through as they are.
import { MusterError } from '@muster/codec/errors';
import { stackOf, textOfThrown } from '@muster/codec/thrown';
import type { JobError } from './queue.js';
import type { Bounds, Full } from './state/new-job.js';

export { InvalidOptionError } from '@muster/codec/errors';

/** The queue would exceed its `maxJobs` or `maxBytes`. Nothing was added. */
export class QueueFullError extends MusterError {
  readonly code = 'MUSTER_QUEUE_FULL';
  readonly queue: string;

  constructor(queue: string, full: Full, most: Bounds) {
    const bound = full === 'jobs' ? 'maxJobs' : 'maxBytes';
    super(
      `The queue ${JSON.stringify(queue)} would have more than its ${bound} of ${most[bound]}; drop jobs that failed, add workers, add jobs later, or raise ${bound}`,
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

/** There is no job with that id, or none any more: it was removed, or it is done and no longer kept (`keepDone`). */
export class JobNotFoundError extends MusterError {
  readonly code = 'MUSTER_JOB_NOT_FOUND';
  readonly id: string;

  constructor(queue: string, id: string) {
    super(
      `The queue ${JSON.stringify(queue)} has no job ${JSON.stringify(id)}, or no longer has it`,
    );
    this.id = id;
  }
}

/** The job for which the caller waited has failed for good. */
export class JobFailedError extends MusterError {
  readonly code = 'MUSTER_JOB_FAILED';
  readonly id: string;
  /** The error of its last attempt. */
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

/** The lease of a job ended before its handler did: another worker may run it. It is the reason of the job's `signal`. */
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

/** Thrown by a handler, alone or as the `cause` of an error, if no other attempt could succeed: the job fails for good. */
export class JobUnrecoverableError extends MusterError {
  readonly code = 'MUSTER_JOB_UNRECOVERABLE';
}

/** The error of a job whose worker ended, or was stopped for longer than the lease. It counts as an attempt. */
export class JobStalledError extends MusterError {
  readonly code = 'MUSTER_JOB_STALLED';
}

/** The error of a job that waited for one that was removed, or that failed and was dropped by `keepFailed`. */
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
