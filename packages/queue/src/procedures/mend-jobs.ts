// Steps that find jobs again after other programs have written into the keys of a queue: each looks at some, and the jobs of a queue
// go on meanwhile. worker/mending.ts says in which order.
import {
  flag,
  isFlag,
  isNothing,
  isText,
  list,
  listOf,
  type Procedure,
  text,
} from '@muster/store/procedures';
import { dependentsOf, LUA_DEPENDENTS } from '../state/dependents.js';
import { LUA_QUEUE } from '../state/lua-queue.js';
import { KEYS } from '../state/meta.js';
import { pack } from '../state/packed.js';
import { QueueState } from '../state/queue-state.js';
import { memberOf, type State } from '../state/record.js';
import { textAt } from '../state/text-at.js';
import { UNREADABLE } from '../state/unreadable.js';

/** Outputs whether nobody has begun in the last `everyMs` milliseconds, and notes that the caller does. */
export const beginMending: Procedure<number, boolean> = {
  name: 'queue-begin-mending',
  access: 'write',
  lua: `${LUA_QUEUE}
local key, every = base .. '${KEYS.mending}', tonumber(ARGV[1])
local last = tonumber(string.match(try('GET', key) or '', '^%d+$') or 0)
if last <= now and last + every > now then return 0 end
redis.call('SET', key, now, 'PX', every)
return 1`,
  args: (everyMs) => [everyMs],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [base = ''], everyMs) {
    const { now } = new QueueState(transaction, base);
    const text = textAt(transaction, base + KEYS.mending) ?? '';
    const last = /^\d+$/.test(text) ? Number(text) : 0;
    if (last <= now && last + everyMs > now) return false;
    transaction.put(base + KEYS.mending, String(now), { forMs: everyMs });
    return true;
  },
};

interface MembersAfter {
  readonly state: State;
  /** The last member of the page before; empty for the first page. */
  readonly after: string;
  readonly limit: number;
}

/** Fails the jobs of a page of an index whose records cannot be read, and outputs the last member; an empty text for the last page. */
export const checkMembers: Procedure<MembersAfter, string> = {
  name: 'queue-check-members',
  access: 'write',
  lua: `${LUA_QUEUE}
local state, after, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local from = after == '' and '-' or '(' .. after
local texts = try('ZRANGEBYLEX', base .. ':' .. state, from, '+', 'LIMIT', 0, limit)
for _, text in ipairs(texts) do jobAt(state, text) end
finish(0)
return #texts == limit and texts[limit] or ''`,
  args: ({ state, after, limit }) => [state, after, limit],
  reply: (raw) => text(raw),
  isOutput: isText,
  embedded(transaction, [base = ''], { state, after, limit }) {
    const queue = new QueueState(transaction, base);
    const members = queue.membersAfter(state, after, limit);
    for (const member of members) queue.jobAt(state, member);
    queue.finish();
    return members.length === limit ? (members.at(-1) ?? '') : '';
  },
};

/** Outputs the members of all jobs that wait for one of these, as often as they do. Lists of jobs that are gone do not count. */
export const listDependents: Procedure<readonly string[], string[]> = {
  name: 'queue-list-dependents',
  access: 'read',
  lua: `${LUA_QUEUE}${LUA_DEPENDENTS}
local found = {}
for _, id in ipairs(ARGV) do
  local job, isUnreadable = load(id)
  for _, text in ipairs((isUnreadable or (job and job.state ~= 'c')) and dependentsOf(id) or {}) do
    found[#found + 1] = text
  end
end
return found`,
  args: (ids) => [...ids],
  reply: (raw) => list(raw, text),
  isOutput: listOf(isText),
  embedded(transaction, [base = ''], ids) {
    const queue = new QueueState(transaction, base);
    return ids.flatMap((id) => {
      const job = queue.load(id);
      const mayEnd = job ? job.state !== 'c' : transaction.has(base + KEYS.job + id);
      return mayEnd ? dependentsOf(queue, id) : [];
    });
  },
};

interface Found {
  /** Jobs that were added later are left alone. */
  readonly until: number;
  readonly jobs: readonly { readonly id: string; readonly waits: number }[];
}

/**
 * Puts jobs that no index has back into that of their state, and fails those whose records cannot be read, and those that wait for
 * more jobs than `waits`: the others will not tell them.
 */
export const mendJobs: Procedure<Found, void> = {
  name: 'queue-mend',
  access: 'write',
  lua: `${LUA_QUEUE}
local jobs = unpacked(ARGV[2])
for at = 1, #jobs, 2 do
  local id, waits = jobs[at], tonumber(jobs[at + 1])
  local job, isUnreadable = load(id)
  if isUnreadable then failLost(id) end
  if job and not try('ZSCORE', base .. ':' .. job.state, member(job)) then
    if job.state == 'w' then isWaking = true end
    enter(job, job.state, job.at)
  end
  if job and job.state == 'b' and job.seq <= tonumber(ARGV[1]) and job.waits > waits then
    fail(job, [[${UNREADABLE}]])
  end
end
finish(0)
return 1`,
  args: ({ until, jobs }) => [until, pack(jobs.flatMap(({ id, waits }) => [id, waits]))],
  reply: () => {},
  isOutput: isNothing,
  embedded(transaction, [base = ''], { until, jobs }) {
    const queue = new QueueState(transaction, base);
    for (const { id, waits } of jobs) {
      const job = queue.load(id);
      if (!job) {
        if (transaction.has(base + KEYS.job + id)) queue.failLost(id);
        continue;
      }
      if (!transaction.has(`${base}:${job.state}${memberOf(job)}`)) {
        if (job.state === 'w') queue.wake();
        queue.move(job, job.state, job.at, true);
      }
      if (job.state === 'b' && job.seq <= until && job.waits > waits) queue.fail(job, UNREADABLE);
    }
    queue.finish();
  },
};

/** Notes that all was looked at, unless more was found meanwhile. Input: what was known before. */
export const endMending: Procedure<number, void> = {
  name: 'queue-end-mending',
  access: 'write',
  lua: `${LUA_QUEUE}
if meta.lost == tonumber(ARGV[1]) then meta.lost = 0 end
finish(0)
return 1`,
  args: (lost) => [lost],
  reply: () => {},
  isOutput: isNothing,
  embedded(transaction, [base = ''], lost) {
    const queue = new QueueState(transaction, base);
    if (queue.meta.lost === lost) queue.meta.lost = 0;
    queue.finish();
  },
};
