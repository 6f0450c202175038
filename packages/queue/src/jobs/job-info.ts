// A job as callers see it.
import { decode } from '@muster/codec';
import type { JobError, JobInfo, JobState } from '../queue.js';
import type { JobRecord, State } from '../state/record.js';
import { readError, writtenError } from './job-error.js';
import { withoutNote } from './note.js';

const NAMES: Readonly<Record<State, JobState>> = {
  w: 'waiting',
  d: 'delayed',
  b: 'blocked',
  l: 'running',
  c: 'done',
  f: 'failed',
};

/** @throws CorruptValueError */
export function jobInfo<Data, Result>(job: JobRecord): JobInfo<Data, Result> {
  const isDone = job.state === 'c';
  return {
    id: job.id,
    state: NAMES[job.state],
    data: dataOf(job) as Data,
    priority: job.priority,
    attempts: job.attempts,
    maxAttempts: job.maxAttempts,
    addedAt: new Date(job.added),
    dueAt: new Date(job.due),
    endedAt: isDone || job.state === 'f' ? new Date(job.at) : undefined,
    progress: valueIn(job.progress),
    result: isDone ? (valueIn(job.outcome) as Result | undefined) : undefined,
    error: isDone ? undefined : readError(job.outcome),
  };
}

/** As `jobInfo`, but what cannot be read is left out, and is the error of the job: it must not keep others from being listed. */
export function listedJob<Data, Result>(job: JobRecord): JobInfo<Data, Result> {
  try {
    return jobInfo(job);
  } catch (error) {
    const bare = jobInfo<Data, Result>({ ...job, data: '', progress: '', outcome: '' });
    return { ...bare, error: errorOf(job) ?? readError(writtenError(error)) };
  }
}

function errorOf(job: JobRecord): JobError | undefined {
  try {
    return job.state === 'c' ? undefined : readError(job.outcome);
  } catch {
    return undefined;
  }
}

/** @throws CorruptValueError */
export function dataOf(job: JobRecord): unknown {
  return valueIn(withoutNote(job.data));
}

/** The value of a text; an empty text has none. */
export function valueIn(text: string): unknown {
  return text === '' ? undefined : decode(text);
}
