// Drops jobs that are no longer kept, in both dialects. A turn drops at least as many as it may have added, so that a burst does not
// leave more and more of them.
import { eachDependent } from './dependents.js';
import { KEYS, NEVER } from './meta.js';
import type { QueueState } from './queue-state.js';
import { idIn, type JobRecord, stampIn } from './record.js';
import { DROPPED, unreadableJob } from './unreadable.js';

/** Which jobs that have ended are kept: the newest `count`, each for `forMs`. */
export interface Keep {
  readonly count: number;
  readonly forMs: number;
}

/** The most jobs that one call drops besides as many as it may have added. */
export const TRIM_LIMIT = 128;
/** The part of a count by which more jobs may be kept, and the most: dropping them one by one takes longer. */
const SLACK = 1 / 16;
const SLACK_MOST = 16;
/** The shortest time between two looks for jobs that are too old. */
const AGING_MS = 1_000;
/** The most keys of one command, since they are its arguments. */
const KEYS_MOST = 1_000;

/**
 * Drops the oldest jobs of a state, at most `most`: several at once of those beyond `count` and, if `isAging`, those that ended
 * `forMs` ago.
 *
 * @returns the time at which there is more to drop; `NEVER` if there is none. Only if `isAging`.
 */
export function trim(
  queue: QueueState,
  state: 'c' | 'f',
  { count, forMs }: Keep,
  most: number,
  isAging: boolean,
): number {
  const excess = (): number => {
    const extra = queue.meta[state] - count;
    return extra > Math.min(Math.floor(count * SLACK), SLACK_MOST) ? Math.min(extra, most) : 0;
  };
  const endedBy = queue.now - forMs;
  const oldest = (): number | undefined =>
    isAging && forMs < NEVER ? queue.firstOf(state, 1).map(stampIn)[0] : undefined;
  const hasOld = (oldest() ?? NEVER) <= endedBy;
  const old = hasOld ? queue.dueBy(state, endedBy, most) : [];
  const extra = excess();
  const members = old.length > extra ? old : queue.firstOf(state, extra);
  for (const member of members) {
    const id = idIn(state, member);
    // Others may wait for one whose record cannot be read.
    const job = state === 'f' ? (queue.load(id) ?? unreadableJob(id, 0, 0)) : undefined;
    queue.meta.bytes -= job?.bytes ?? 0;
    queue.leave(state, member);
    queue.transaction.delete(queue.base + KEYS.job + id);
    if (job) eachDependent(queue, job, (other) => orphan(queue, other));
  }
  if (!isAging) return NEVER;
  if (members.length === most || excess() > 0) return queue.now;
  const first = oldest();
  return first === undefined ? NEVER : Math.max(first + forMs, queue.now + AGING_MS);
}

/** The next turn drops it, too, if no more failed jobs are kept: so there has to be one. */
function orphan(queue: QueueState, job: JobRecord): void {
  queue.fail(job, DROPPED);
  queue.wake();
}

/** `trim`, to be added after LUA_DEPENDENTS. */
export const LUA_TRIM = `
local function trim(state, count, ms, most, isAging)
  local ages = isAging and ms < ${NEVER}
  local function excess()
    local extra = meta[state] - count
    return extra > math.min(math.floor(count * ${SLACK}), ${SLACK_MOST}) and math.min(extra, most) or 0
  end
  local function oldest()
    local first = ages and firstOf(state, 1)[1]
    return first and stampIn(first)
  end
  local first, old = oldest(), 0
  if first and first <= now - ms then old = #dueBy(state, now - ms, most) end
  local texts, keys, dropped = pop(state, math.max(excess(), old)), {}, {}
  for at, text in ipairs(texts) do
    local id = idIn(state, text)
    if state == 'f' then
      -- Others may wait for one whose record cannot be read.
      local job = load(id) or { id = id, bytes = 0, dependents = 1 }
      meta.bytes = meta.bytes - job.bytes
      dropped[at] = job
    end
    keys[at] = base .. '${KEYS.job}' .. id
  end
  for at = 1, #keys, ${KEYS_MOST} do
    redis.call('DEL', unpack(keys, at, math.min(at + ${KEYS_MOST - 1}, #keys)))
  end
  for _, job in ipairs(dropped) do
    eachDependent(job, function(other)
      fail(other, [[${DROPPED}]])
      isWaking = true
    end)
  end
  if not isAging then return ${NEVER} end
  if #texts == most or excess() > 0 then return now end
  first = oldest()
  return first and math.max(first + ms, now + ${AGING_MS}) or ${NEVER}
end
`;
