// Adds jobs to one queue as a step of a transaction of the store.
import type { TransactionStep } from '@muster/store/procedures';
import { QueueFullError } from '../errors.js';
import { insert, sortedOut } from './add-all.js';
import { boundArgs, jobArgs } from './add-jobs.js';
import { JOB_ARGS, LUA_ADD, LUA_QUEUE } from './lua-queue.js';
import type { Bounds, Full, NewJob } from './new-job.js';
import { QueueState } from './queue-state.js';

export interface Joining {
  /** The name of the queue. */
  readonly name: string;
  readonly options: Bounds;
  readonly jobs: NewJob[];
}

export const addInTransaction: TransactionStep<Joining> = {
  name: 'queue-add',
  lua: `${LUA_QUEUE}${LUA_ADD}
local count = (#ARGV - 2) / ${JOB_ARGS}
local full, _, jobs = sorted(ARGV, 3, count, tonumber(ARGV[1]), tonumber(ARGV[2]))
if full then return full end
return function()
  insert(jobs)
  finish(0)
end`,
  args: ({ options, jobs }) => [...boundArgs(options), ...jobs.flatMap(jobArgs)],
  embedded(transaction, key, { options, jobs }) {
    const queue = new QueueState(transaction, key);
    const sorted = sortedOut(queue, jobs, options);
    if (typeof sorted === 'string') return sorted;
    return () => {
      insert(queue, sorted.jobs);
      queue.finish();
    };
  },
  refused: ({ name, options }, full) => new QueueFullError(name, full as Full, options),
};
