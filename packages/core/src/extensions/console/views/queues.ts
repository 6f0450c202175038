// The failed jobs of a queue, without their data, and their retry.
import type { JobInfo, Queue } from '@muster/queue';
import { printable } from '../../../text/printable.js';
import type { PrimaryStore } from '../../locks/primary-store.js';
import { loadQueues } from '../../locks/read-queues.js';
import { Refused } from '../http/reply.js';
import type { FailedJob, FailedJobs, RetryAnswer } from '../protocol.js';

const MOST = 200;
/** Jobs that are read at once: each with its data, which may be large. */
const PAGE = 20;
const MAX_CHARACTERS = 1_000;

export async function failedJobs(store: PrimaryStore, name: string): Promise<FailedJobs> {
  return withQueue(store, name, async (queue) => {
    const jobs: FailedJob[] = [];
    let page: FailedJob[];
    do {
      page = (await queue.failed({ start: jobs.length, limit: PAGE })).map(failedJob);
      jobs.push(...page);
    } while (page.length === PAGE && jobs.length <= MOST);
    return { jobs: jobs.slice(0, MOST), more: jobs.length > MOST };
  });
}

export async function retryJob(
  store: PrimaryStore,
  name: string,
  id: string,
): Promise<RetryAnswer> {
  return withQueue(store, name, async (queue) => ({ retried: await queue.retry(id) }));
}

async function withQueue<Result>(
  primaryStore: PrimaryStore,
  name: string,
  use: (queue: Queue<unknown>) => Promise<Result>,
): Promise<Result> {
  const store = await primaryStore.open();
  if (!store) throw new Refused(404, 'The cluster uses no store.');
  const { createQueue } = await loadQueues();
  const queue = createQueue<unknown>({ store, name });
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

function failedJob({
  id,
  attempts,
  maxAttempts,
  addedAt,
  endedAt,
  error,
}: JobInfo<unknown>): FailedJob {
  return {
    ...{ id, attempts, maxAttempts },
    addedAt: addedAt.getTime(),
    failedAt: endedAt?.getTime(),
    error: error && {
      name: printable(error.name, MAX_CHARACTERS),
      message: printable(error.message, MAX_CHARACTERS),
      ...(error.code !== undefined && { code: printable(error.code, MAX_CHARACTERS) }),
    },
  };
}
