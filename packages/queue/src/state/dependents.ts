// The jobs that wait for one, in both dialects. A list of its own has them, as they are in the index of blocked jobs: so a job that
// was removed, and added again, is another one.
import { KEYS } from './meta.js';
import { unpack } from './packed.js';
import type { QueueState } from './queue-state.js';
import { ID_AT, idIn, isMember, type JobRecord, MEMBER_BYTES, memberOf } from './record.js';
import { textAt } from './text-at.js';

/** Calls back with each job that waits for this one, and forgets that they do. */
export function eachDependent(
  queue: QueueState,
  job: Pick<JobRecord, 'id' | 'dependents'>,
  call: (other: JobRecord) => void,
): void {
  if (job.dependents === 0) return;
  const members = dependentsOf(queue, job.id);
  // Some that no list has may wait.
  if (members.length < job.dependents) queue.noteDamage();
  for (const member of members) {
    const id = idIn('b', member);
    const other = queue.load(id);
    if (other?.state === 'b' && memberOf(other) === member) call(other);
    else if (!other && isAnywhere(queue, id, member)) queue.jobAt('b', member);
  }
  queue.transaction.delete(queue.base + KEYS.dependents + job.id);
  job.dependents = 0;
}

function isAnywhere({ transaction, base }: QueueState, id: string, member: string): boolean {
  return transaction.has(base + KEYS.job + id) || transaction.has(`${base}:b${member}`);
}

/** Their members in the index of blocked jobs. */
export function dependentsOf(queue: QueueState, id: string): string[] {
  const members = unpack(textAt(queue.transaction, queue.base + KEYS.dependents + id) ?? '');
  return members.filter((it) => isMember(it) && Buffer.byteLength(it) <= MEMBER_BYTES);
}

/** One of the jobs for which it waits is done. */
export function release(queue: QueueState, job: JobRecord): void {
  job.waits--;
  if (job.waits > 0) queue.save(job);
  else queue.ready(job);
}

/** The same, to be added after LUA_QUEUE. */
export const LUA_DEPENDENTS = `
local function dependentsOf(id)
  local members = {}
  for _, text in ipairs(unpacked(try('GET', base .. '${KEYS.dependents}' .. id) or '')) do
    if #text <= ${MEMBER_BYTES} and string.match(text, '^${'%d'.repeat(ID_AT)}') then members[#members + 1] = text end
  end
  return members
end
local function eachDependent(job, call)
  if job.dependents == 0 then return end
  local members = dependentsOf(job.id)
  -- Some that no list has may wait.
  if #members < job.dependents then isDamaged = true end
  for _, text in ipairs(members) do
    local other, isUnreadable = load(idIn('b', text))
    if other and other.state == 'b' and member(other) == text then call(other)
    elseif not other and (isUnreadable or try('ZSCORE', base .. ':b', text)) then jobAt('b', text) end
  end
  redis.call('DEL', base .. '${KEYS.dependents}' .. job.id)
  job.dependents = 0
end
local function release(other)
  other.waits = other.waits - 1
  if other.waits > 0 then save(other) else ready(other) end
end
`;
