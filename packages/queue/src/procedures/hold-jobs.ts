// Extends leases, and takes them away from a worker that is gone.
import {
  count,
  flag,
  isFlag,
  isNumber,
  list,
  listOf,
  type Procedure,
} from '@muster/store/procedures';
import { LUA_QUEUE, LUA_STALLED } from '../state/lua-queue.js';
import { pack } from '../state/packed.js';
import { QueueState } from '../state/queue-state.js';

export interface HeldJob {
  readonly id: string;
  readonly token: number;
}

/** Outputs for each whether its lease was held. A lease that is over by the clock is not. */
export const extendLeases: Procedure<
  { readonly held: readonly HeldJob[]; readonly leaseMs: number },
  boolean[]
> = {
  name: 'queue-extend',
  access: 'write',
  lua: `${LUA_QUEUE}
local held, flags = unpacked(ARGV[1]), {}
for at = 1, #held, 2 do
  local job = load(held[at])
  local isHeld = job and job.state == 'l' and job.token == tonumber(held[at + 1]) and job.at > now
  if isHeld then move(job, 'l', now + ARGV[2]) end
  flags[#flags + 1] = isHeld and 1 or 0
end
finish(0)
return flags`,
  args: ({ held, leaseMs }) => [pack(held.flatMap(({ id, token }) => [id, token])), leaseMs],
  reply: (raw, { held }) => list(raw, flag, held.length),
  isOutput: listOf(isFlag),
  embedded(transaction, [base = ''], { held, leaseMs }) {
    const queue = new QueueState(transaction, base);
    const flags = held.map(({ id, token }) => {
      const job = queue.load(id);
      if (job?.state !== 'l' || job.token !== token || job.at <= queue.now) return false;
      queue.move(job, 'l', queue.now + leaseMs);
      return true;
    });
    queue.finish();
    return flags;
  },
};

interface Eviction {
  /** The name of a worker in its jobs or, with `isProcess`, of a process with all its workers. */
  readonly owner: string;
  readonly isProcess: boolean;
  /** Codec text of the error if the attempt counts; empty if the jobs never began. */
  readonly outcome: string;
  /** The jobs that it keeps. */
  readonly except: readonly string[];
}

/** Gives back the jobs of a worker, and outputs their number. */
export const evictJobs: Procedure<Eviction, number> = {
  name: 'queue-evict',
  access: 'write',
  lua: `${LUA_QUEUE}${LUA_STALLED}
local kept, evicted = {}, 0
for _, id in ipairs(unpacked(ARGV[4])) do kept[id] = true end
local owner = ARGV[2] == '1' and ARGV[1] .. '/' or ARGV[1]
for _, text in ipairs(firstOf('l', meta.l)) do
  local job = jobAt('l', text)
  local isIts = job and (job.owner == owner
    or (ARGV[2] == '1' and string.sub(job.owner, 1, #owner) == owner))
  if isIts and not kept[job.id] then
    evicted = evicted + 1
    if ARGV[3] ~= '' then stalled(job, ARGV[3]) else
      job.attempts = job.attempts - 1
      move(job, 'w', 0)
    end
  end
end
if evicted > 0 then isWaking = true end
finish(0)
return evicted`,
  args: ({ owner, isProcess, outcome, except }) => [
    owner,
    isProcess ? 1 : 0,
    outcome,
    pack(except),
  ],
  reply: (raw) => count(raw),
  isOutput: isNumber,
  embedded(transaction, [base = ''], { owner, isProcess, outcome, except }) {
    const queue = new QueueState(transaction, base);
    let evicted = 0;
    for (const member of queue.firstOf('l', queue.meta.l)) {
      const job = queue.jobAt('l', member);
      if (!job || except.includes(job.id)) continue;
      if (isProcess ? !job.owner.startsWith(`${owner}/`) : job.owner !== owner) continue;
      evicted++;
      if (outcome !== '') queue.stalled(job, outcome);
      else {
        job.attempts--;
        queue.move(job, 'w', 0);
      }
    }
    if (evicted > 0) queue.wake();
    queue.finish();
    return evicted;
  },
};
