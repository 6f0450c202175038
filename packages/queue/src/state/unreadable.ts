// A job whose record was not written by a queue, or was damaged. It fails, and the others go on.
import { freshJob, type JobRecord } from './record.js';

/** Codec text: the error of a job whose record cannot be read. */
export const UNREADABLE = JSON.stringify({
  name: 'CorruptValueError',
  message: 'Its record in the store was not written by a queue, or was damaged',
  code: 'MUSTER_CORRUPT_VALUE',
});

/** Codec text: the error of a job that waited for one that failed and is dropped, so that nobody can retry it. */
export const DROPPED = JSON.stringify({
  name: 'JobOrphanedError',
  message: 'A job that it waited for has failed, and is not kept',
  code: 'MUSTER_JOB_ORPHANED',
});

/** Stands for data that is lost: no text of the codec. */
export const LOST = '?';

/** A job whose record cannot be read. Others may wait for it. */
export function unreadableJob(id: string, seq: number, now: number): JobRecord {
  const rest = { priority: 0, added: now, due: now, maxAttempts: 1, bytes: 0, dedupeMs: 0 };
  const job = freshJob({ id, seq, ...rest, data: LOST });
  return { ...job, dependents: 1, awaited: 1, outcome: UNREADABLE };
}
