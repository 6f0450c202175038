// Adds jobs in groups: all jobs of a group, or none.
import { flag, isFlag, list, listOf, type Procedure } from '@muster/store/procedures';
import { addAll } from '../state/add-all.js';
import { JOB_ARGS, LUA_ADD } from '../state/lua-add.js';
import { LUA_QUEUE } from '../state/lua-queue.js';
import type { Added, Bounds, NewJob } from '../state/new-job.js';
import { pack } from '../state/packed.js';
import { QueueState } from '../state/queue-state.js';

interface Addition extends Bounds {
  readonly groups: readonly (readonly NewJob[])[];
}

/** Stands for `Infinity`, since arguments of a script are digits. */
export const MOST = Number.MAX_SAFE_INTEGER;

export const addJobs: Procedure<Addition, Added[]> = {
  name: 'queue-add',
  access: 'write',
  lua: `${LUA_QUEUE}${LUA_ADD}
local added, maxJobs, maxBytes, at = {}, tonumber(ARGV[1]), tonumber(ARGV[2]), 3
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  added[#added + 1] = addAll(ARGV, at + 1, count, maxJobs, maxBytes)
  at = at + 1 + count * ${JOB_ARGS}
end
finish(0)
return added`,
  args: ({ groups, maxJobs, maxBytes }) => [
    ...boundArgs({ maxJobs, maxBytes }),
    ...groups.flatMap((jobs) => [jobs.length, ...jobs.flatMap(jobArgs)]),
  ],
  reply(raw, { groups }) {
    const answers = list(raw, (answer) => answer, groups.length);
    return answers.map((answer, at) =>
      answer === 'jobs' || answer === 'bytes' ? answer : list(answer, flag, groups[at]?.length),
    );
  },
  isOutput: listOf((it) => it === 'jobs' || it === 'bytes' || listOf(isFlag)(it)),
  embedded(transaction, [base = ''], { groups, ...bounds }) {
    const queue = new QueueState(transaction, base);
    const added = groups.map((jobs) => addAll(queue, jobs, bounds));
    queue.finish();
    return added;
  },
};

/** The first two arguments of scripts that add jobs. */
export function boundArgs({ maxJobs, maxBytes }: Bounds): number[] {
  return [Math.min(maxJobs, MOST), Math.min(maxBytes, MOST)];
}

/** The arguments of a job for `sorted` and `addAll` in Lua. */
export function jobArgs(job: NewJob): string[] {
  const { id, priority, delayMs, dedupeMs, bytes, after, data, isFresh } = job;
  const attempts = Math.min(job.maxAttempts, MOST);
  const numbers = `${priority} ${delayMs} ${attempts} ${dedupeMs} ${bytes} ${isFresh ? 1 : 0}`;
  return [id, numbers, pack(after), data];
}
