// Adds jobs to one queue as a step of a transaction of the store.
import type { TransactionStep } from '@muster/store/procedures';
import { QueueFullError } from '../errors.js';
import { insert, sortedOut } from '../state/add-all.js';
import { JOB_ARGS, LUA_ADD } from '../state/lua-add.js';
import { LUA_QUEUE } from '../state/lua-queue.js';
import type { Bounds, Full, NewJob } from '../state/new-job.js';
import { QueueState } from '../state/queue-state.js';
import { boundArgs, jobArgs } from './add-jobs.js';

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
