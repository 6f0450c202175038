// Adds jobs: all of a call, or none.
import { flag, isFlag, list, listOf, type Procedure } from '@muster/store/procedures';
import { LUA_QUEUE } from './lua-queue.js';
import { pack } from './packed.js';
import { type Added, type Bounds, type NewJob, QueueState } from './queue-state.js';

interface Addition extends Bounds {
  readonly jobs: readonly NewJob[];
}

/** Times and numbers that are more than any: texts of a script have digits. */
export const MOST = Number.MAX_SAFE_INTEGER;

export const addJobs: Procedure<Addition, Added> = {
  name: 'queue-add',
  access: 'write',
  lua: `${LUA_QUEUE}
local flags, full = addAll(unpacked(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))
if full then return full end
finish(0)
return flags`,
  args: ({ jobs, maxJobs, maxBytes }) => [
    packJobs(jobs),
    Math.min(maxJobs, MOST),
    Math.min(maxBytes, MOST),
  ],
  characters: ({ jobs }) => jobs.reduce((sum, { data }) => sum + data.length, 0),
  reply: (raw, { jobs }) =>
    raw === 'jobs' || raw === 'bytes' ? raw : list(raw, flag, jobs.length),
  isOutput: (output) => output === 'jobs' || output === 'bytes' || listOf(isFlag)(output),
  embedded(transaction, [base = ''], { jobs, ...bounds }) {
    const queue = new QueueState(transaction, base);
    const added = queue.addAll(jobs, bounds);
    if (typeof added !== 'string') queue.finish();
    return added;
  },
};

/** As the Lua of `addAll` takes them. */
export function packJobs(jobs: readonly NewJob[]): string {
  return pack(
    jobs.flatMap(({ id, priority, delayMs, maxAttempts, dedupeMs, bytes, after, data }) => {
      const tries = Math.min(maxAttempts, MOST);
      return [id, priority, delayMs, tries, dedupeMs, bytes, pack(after), data];
    }),
  );
}
