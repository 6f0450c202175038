// scheduleRuns(): the runs of a schedule, for a process that may not have it.
import type { SharedStore } from '@muster/store';
import type { JobInfo } from '../queue.js';
import type { RunTimes, ScheduleRuns } from '../schedule.js';
import { queueIn } from '../shared-queue.js';
import { KIND } from './procedures.js';
import { runOfJob } from './run-of-job.js';

/**
 * The runs of a schedule: those that wait, and about the last 100 that are done and that failed for good. A due time that has run
 * has its milliseconds since the epoch as the id of the run.
 *
 * @throws InvalidOptionError
 */
export function scheduleRuns(store: SharedStore, name: string): ScheduleRuns {
  const queue = queueIn<unknown>(KIND, { store, name });
  return {
    name: queue.name,
    async get(id) {
      const job = await queue.get(id);
      return job && runOf(job);
    },
    wait: (id, options) => queue.wait(id, options),
    retry: (id) => queue.retry(id),
    failed: async (options) => (await queue.failed(options)).map(runOf),
    waiting: async (options) => (await queue.waiting(options)).map(runOf),
    counts: () => queue.counts(),
    close: () => queue.close(),
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

function runOf(job: JobInfo<unknown>): JobInfo<RunTimes> {
  return { ...job, data: runOfJob(job.id, job.data) };
}
