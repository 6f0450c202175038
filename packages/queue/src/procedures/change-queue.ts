// Changes that an app makes to a queue and its jobs.
import {
  count,
  either,
  flag,
  isFlag,
  isNumber,
  only,
  type Procedure,
} from '@muster/store/procedures';
import { eachDependent, LUA_DEPENDENTS } from '../state/dependents.js';
import { LUA_QUEUE } from '../state/lua-queue.js';
import { KEYS } from '../state/meta.js';
import { QueueState } from '../state/queue-state.js';
import { idIn, memberOf, STATES } from '../state/record.js';
import type { HeldJob } from './hold-jobs.js';

/** `gone`: there was none, or it runs. `damaged`: it was removed, and could not be read, so that an index may still have it. */
type Removal = 'gone' | 'removed' | 'damaged';
const REMOVALS: readonly Removal[] = ['gone', 'removed', 'damaged'];

/** Removes a job, or whatever else has its key. Jobs that wait for it fail with `outcome`. A running job is not removed. */
export const removeJob: Procedure<{ readonly id: string; readonly outcome: string }, Removal> = {
  name: 'queue-remove',
  access: 'write',
  lua: `${LUA_QUEUE}${LUA_DEPENDENTS}
local job, isUnreadable = load(ARGV[1])
if isUnreadable then
  isDamaged = true
  job = { id = ARGV[1], dependents = 1 }
elseif not job or job.state == 'l' then return 0 end
eachDependent(job, function(other) fail(other, ARGV[2]) end)
if isUnreadable then redis.call('DEL', base .. '${KEYS.job}' .. job.id) else drop(job) end
tell('x', job.id)
finish(0)
return isUnreadable and 2 or 1`,
  args: ({ id, outcome }) => [id, outcome],
  reply: (raw) => REMOVALS[count(raw, 2)] ?? 'gone',
  isOutput: either(...REMOVALS.map(only)),
  embedded(transaction, [base = ''], { id, outcome }) {
    const queue = new QueueState(transaction, base);
    const job = queue.load(id);
    const isUnreadable = !job && transaction.has(base + KEYS.job + id);
    if (isUnreadable) queue.noteDamage();
    else if (!job || job.state === 'l') return 'gone';
    eachDependent(queue, job ?? { id, dependents: 1 }, (other) => queue.fail(other, outcome));
    if (job) queue.drop(job);
    else transaction.delete(base + KEYS.job + id);
    queue.tell('x', id);
    queue.finish();
    return job ? 'removed' : 'damaged';
  },
};

/** Makes a failed job wait again, with all of its attempts, and a delayed job start now. */
export const retryJob: Procedure<string, boolean> = {
  name: 'queue-retry',
  access: 'write',
  lua: `${LUA_QUEUE}
local job = load(ARGV[1])
if not job or (job.state ~= 'f' and job.state ~= 'd') then return 0 end
if job.state == 'f' then job.attempts = 0 end
job.due = now
move(job, 'w', 0)
finish(0)
return 1`,
  args: (id) => [id],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [base = ''], id) {
    const queue = new QueueState(transaction, base);
    const job = queue.load(id);
    if (!job || (job.state !== 'f' && job.state !== 'd')) return false;
    if (job.state === 'f') job.attempts = 0;
    job.due = queue.now;
    queue.move(job, 'w', 0);
    queue.finish();
    return true;
  },
};

export const pauseQueue: Procedure<boolean, void> = {
  name: 'queue-pause',
  access: 'write',
  lua: `${LUA_QUEUE}
meta.paused = tonumber(ARGV[1])
if meta.paused == 0 then isWaking = true end
finish(0)
return 1`,
  args: (isPaused) => [isPaused ? 1 : 0],
  reply: (raw) => void flag(raw),
  isOutput: (output) => output === undefined,
  embedded(transaction, [base = ''], isPaused) {
    const queue = new QueueState(transaction, base);
    queue.meta.paused = isPaused ? 1 : 0;
    if (!isPaused) queue.wake();
    queue.finish();
  },
};

/** Outputs whether the lease was held. */
export const tellProgress: Procedure<HeldJob & { readonly progress: string }, boolean> = {
  name: 'queue-progress',
  access: 'write',
  lua: `${LUA_QUEUE}
local job = load(ARGV[1])
if not job or job.state ~= 'l' or job.token ~= tonumber(ARGV[2]) then return 0 end
job.progress = ARGV[3]
save(job)
tell('p', job.id)
finish(0)
return 1`,
  args: ({ id, token, progress }) => [id, token, progress],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [base = ''], { id, token, progress }) {
    const queue = new QueueState(transaction, base);
    const job = queue.load(id);
    if (job?.state !== 'l' || job.token !== token) return false;
    job.progress = progress;
    queue.save(job);
    queue.tell('p', id);
    queue.finish();
    return true;
  },
};

interface Clearing {
  readonly limit: number;
  /** Whether the indexes are counted before, and running jobs are checked, since other programs may have changed them. */
  readonly isFirst: boolean;
}

/** Drops at most `limit` jobs of any state but running, and outputs their number. */
export const clearJobs: Procedure<Clearing, number> = {
  name: 'queue-clear',
  access: 'write',
  lua: `${LUA_QUEUE}${LUA_DEPENDENTS}
local dropped = 0
if ARGV[2] == '1' then
  recount()
  for _, text in ipairs(firstOf('l', meta.l)) do jobAt('l', text) end
end
for _, state in ipairs({ ${STATES.filter((it) => it !== 'l')
    .map((it) => `'${it}'`)
    .join(', ')} }) do
  local left = tonumber(ARGV[1]) - dropped
  for _, text in ipairs(left > 0 and firstOf(state, left) or {}) do
    local id = idIn(state, text)
    local job = load(id)
    if job and job.state == state and member(job) == text then
      eachDependent(job, function() end)
      drop(job)
      tell('x', job.id)
    else leave(state, text) end
    dropped = dropped + 1
  end
end
finish(0)
return dropped`,
  args: ({ limit, isFirst }) => [limit, isFirst ? 1 : 0],
  reply: (raw) => count(raw),
  isOutput: isNumber,
  embedded(transaction, [base = ''], { limit, isFirst }) {
    const queue = new QueueState(transaction, base);
    let dropped = 0;
    if (isFirst) {
      queue.recount();
      for (const member of queue.firstOf('l', queue.meta.l)) queue.jobAt('l', member);
    }
    for (const state of STATES) {
      if (state === 'l' || dropped >= limit) continue;
      for (const member of queue.firstOf(state, limit - dropped)) {
        const job = queue.load(idIn(state, member));
        if (job?.state === state && memberOf(job) === member) {
          eachDependent(queue, job, () => {});
          queue.drop(job);
          queue.tell('x', job.id);
        } else queue.leave(state, member);
        dropped++;
      }
    }
    queue.finish();
    return dropped;
  },
};
