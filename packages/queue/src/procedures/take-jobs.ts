// One turn of a worker in both dialects: settles its jobs and takes new ones. On the way it moves the jobs of all workers that are
// due, and drops those that are no longer kept.
import {
  count,
  flag,
  isFlag,
  isNumber,
  list,
  listOf,
  type Procedure,
  recordOf,
  text,
  tuple,
} from '@muster/store/procedures';
import { eachDependent, LUA_DEPENDENTS, release } from '../state/dependents.js';
import { LUA_QUEUE, LUA_STALLED } from '../state/lua-queue.js';
import { NEVER } from '../state/meta.js';
import { QueueState } from '../state/queue-state.js';
import { type JobRecord, parseJob } from '../state/record.js';
import { type Keep, LUA_TRIM, TRIM_LIMIT, trim } from '../state/trim.js';
import { MOST } from './add-jobs.js';
import type { Settlement, TurnInput, TurnOutput } from './turn.js';

/** The most due jobs that one call moves, and the most ended leases. */
const SWEEP_LIMIT = 128;
/** A worker that has no time looks once for so many tokens whether jobs have been kept for too long. */
const AGING_EVERY = 16;
/** Where fewer jobs are kept, or for less time, one may be gone before those who wait for it can look: its end is noted. */
const BRIEF = { count: 1_000, forMs: 60_000 };

export const takeJobs: Procedure<TurnInput, TurnOutput> = {
  name: 'queue-take',
  access: 'write',
  lua: `${LUA_QUEUE}${LUA_DEPENDENTS}${LUA_TRIM}${LUA_STALLED}
local take, leaseMs, owner = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local maxRunning, interval, burst = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local doneCount, doneMs = tonumber(ARGV[7]), tonumber(ARGV[8])
local failedCount, failedMs, lapsed = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11]
isBrief.c, isBrief.f = doneCount < ${BRIEF.count} or doneMs < ${BRIEF.forMs}, failedCount < ${BRIEF.count} or failedMs < ${BRIEF.forMs}
local flags, tokenBefore = {}, meta.token
for at = 12, #ARGV, 5 do
  local token, verdict = tonumber(ARGV[at + 1]), ARGV[at + 2]
  local delay, outcome = tonumber(ARGV[at + 3]), ARGV[at + 4]
  local job = load(ARGV[at])
  local isHeld = job and job.state == 'l' and job.token == token
  if isHeld and verdict == 'done' then
    job.outcome = outcome
    eachDependent(job, release)
    if job.dedupeMs > 0 then redis.call('SET', base .. ':u' .. job.id, '1', 'PX', math.max(job.dedupeMs - 1, 1)) end
    meta.bytes = meta.bytes - job.bytes
    if doneCount > 0 then move(job, 'c', now) else
      forget(job)
      job.state, job.at = 'c', now
    end
    noteEnd(job)
    tell('c', job.id)
  elseif isHeld and verdict == 'failed' then
    fail(job, outcome)
  elseif isHeld and verdict == 'again' then
    job.outcome, job.due = outcome, now + delay
    ready(job)
    tell('r', job.id)
  elseif isHeld then
    job.attempts = job.attempts - 1
    move(job, 'w', 0)
  end
  local wasDone = job and job.state == 'c' and job.token == token and verdict == 'done'
  flags[#flags + 1] = (isHeld or wasDone) and 1 or 0
end
if meta.soon <= now then
  local lapses, due = dueBy('l', now, ${SWEEP_LIMIT}), dueBy('d', now, ${SWEEP_LIMIT})
  for _, text in ipairs(lapses) do
    local job = jobAt('l', text)
    if job then stalled(job, lapsed) end
  end
  for _, text in ipairs(due) do
    local job = jobAt('d', text)
    if job then move(job, 'w', 0) end
  end
  meta.soon = #lapses + #due < ${SWEEP_LIMIT} and firstDue() or now
end
local wanted, pacedAt = take, nil
if meta.paused == 1 then wanted = 0 end
if maxRunning > 0 then wanted = math.min(wanted, math.max(maxRunning - meta.l, 0)) end
if interval > 0 and wanted > 0 then
  local used = math.max(meta.tat, micros)
  local allowed = math.max(math.floor((micros + burst * interval - used) / interval), 0)
  if allowed < wanted then
    wanted = allowed
    pacedAt = math.ceil((used + (allowed + 1 - burst) * interval) / 1000)
  end
end
local taken, first = {}, pop('w', wanted)
for _, text in ipairs(first) do
  local job = jobAt('w', text)
  if job then
    meta.token = meta.token + 1
    job.token, job.owner, job.attempts = meta.token, owner, job.attempts + 1
    enter(job, 'l', now + leaseMs)
    tell('t', job.id)
    taken[#taken + 1] = job.id
    taken[#taken + 1] = job.text
  end
end
if interval > 0 and #taken > 0 then meta.tat = math.max(meta.tat, micros) + #taken / 2 * interval end
local isIdle, most, nextAt = #taken / 2 < take, ${TRIM_LIMIT} + #flags, ${NEVER}
local isAging = isIdle or math.floor(meta.token / ${AGING_EVERY}) > math.floor(tokenBefore / ${AGING_EVERY})
local dropAt = math.min(trim('c', doneCount, doneMs, most, isAging), trim('f', failedCount, failedMs, most, isAging))
-- A worker that got all that it wanted has no time for more.
if isIdle then
  if meta.d + meta.l == 0 then meta.soon = ${NEVER} end
  nextAt = meta.soon
  if meta.w > 0 and meta.paused == 0 and pacedAt then nextAt = math.min(nextAt, pacedAt) end
  -- Some members were no jobs, and there may be jobs behind them.
  if #taken / 2 < #first then nextAt = now end
end
finish(maxRunning)
local function left(at) return isIdle and at < ${NEVER} and math.max(at - now, 0) or -1 end
return { left(nextAt), left(dropAt), meta.lost > 0 and 1 or 0, flags, taken }`,
  args({ settlements, take, leaseMs, owner, maxRunning, pace, keepDone, keepFailed, ...rest }) {
    const keep = [keepDone.count, keepDone.forMs, keepFailed.count, keepFailed.forMs];
    return [
      ...[take, leaseMs, owner, maxRunning, pace.intervalUs, pace.burst],
      ...[...keep.map((most) => Math.min(most, MOST)), rest.stalledOutcome],
      ...settlements.flatMap(({ id, token, verdict, delayMs, outcome }) => [
        ...[id, token, verdict, delayMs, outcome],
      ]),
    ];
  },
  reply(raw, { settlements }) {
    const [next, drop, isDamaged, flags, taken] = tuple(raw, 5);
    const flat = list(taken, text);
    const jobs = Array.from({ length: flat.length / 2 }, (_, at) =>
      parseJob(flat[2 * at] ?? '', flat[2 * at + 1] ?? ''),
    );
    const settled = list(flags, flag, settlements.length);
    return { settled, jobs, nextMs: left(next), dropMs: left(drop), isDamaged: flag(isDamaged) };
  },
  isOutput: recordOf({
    settled: listOf(isFlag),
    jobs: listOf(recordOf({ token: isNumber })),
    isDamaged: isFlag,
  }),
  embedded(transaction, [base = ''], input) {
    const queue = new QueueState(transaction, base);
    queue.brief = { c: isBrief(input.keepDone), f: isBrief(input.keepFailed) };
    const { meta, now } = queue;
    const tokenBefore = meta.token;
    const settled = input.settlements.map((settlement) => settle(queue, settlement, input));
    if (meta.soon <= now) sweep(queue, input);
    const { wanted, pacedAt } = allowance(queue, input);
    const first = wanted > 0 ? queue.firstOf('w', wanted) : [];
    const jobs = lease(queue, first, input);
    if (input.pace.intervalUs > 0 && jobs.length > 0) {
      meta.tat = Math.max(meta.tat, now * 1000) + jobs.length * input.pace.intervalUs;
    }
    const isIdle = jobs.length < input.take;
    const isAging = isIdle || agings(meta.token) > agings(tokenBefore);
    const most = TRIM_LIMIT + settled.length;
    const dropAt = Math.min(
      trim(queue, 'c', input.keepDone, most, isAging),
      trim(queue, 'f', input.keepFailed, most, isAging),
    );
    let nextAt = NEVER;
    // A worker that got all that it wanted has no time for more.
    if (isIdle) {
      if (meta.d + meta.l === 0) meta.soon = NEVER;
      nextAt = meta.soon;
      if (meta.w > 0 && meta.paused === 0) nextAt = Math.min(nextAt, pacedAt ?? NEVER);
      // Some members were no jobs, and there may be jobs behind them.
      if (jobs.length < first.length) nextAt = now;
    }
    queue.finish(input.maxRunning);
    const leftMs = (at: number) => (isIdle && at < NEVER ? Math.max(at - now, 0) : undefined);
    return {
      ...{ settled, jobs, nextMs: leftMs(nextAt), dropMs: leftMs(dropAt) },
      isDamaged: meta.lost > 0,
    };
  },
};

function left(raw: unknown): number | undefined {
  return raw === -1 ? undefined : count(raw);
}

function agings(token: number): number {
  return Math.floor(token / AGING_EVERY);
}

/** @returns whether the lease was held: also if this settlement was applied before, and its answer was lost. */
function settle(queue: QueueState, settlement: Settlement, { keepDone }: TurnInput): boolean {
  const { id, token, verdict, delayMs, outcome } = settlement;
  const job = queue.load(id);
  if (job?.state !== 'l' || job.token !== token) {
    return job?.state === 'c' && job.token === token && verdict === 'done';
  }
  if (verdict === 'done') {
    job.outcome = outcome;
    eachDependent(queue, job, (other) => release(queue, other));
    queue.dedupe(job);
    queue.meta.bytes -= job.bytes;
    if (keepDone.count > 0) queue.move(job, 'c', queue.now);
    else {
      queue.forget(job);
      Object.assign(job, { state: 'c', at: queue.now });
    }
    queue.noteEnd(job);
    queue.tell('c', id);
  } else if (verdict === 'failed') queue.fail(job, outcome);
  else if (verdict === 'again') {
    job.outcome = outcome;
    job.due = queue.now + delayMs;
    queue.ready(job);
    queue.tell('r', id);
  } else {
    job.attempts--;
    queue.move(job, 'w', 0);
  }
  return true;
}

/** Handles leases that ended, and delays that are over. */
function sweep(queue: QueueState, { stalledOutcome }: TurnInput): void {
  const lapses = queue.dueBy('l', queue.now, SWEEP_LIMIT);
  const due = queue.dueBy('d', queue.now, SWEEP_LIMIT);
  for (const member of lapses) {
    const job = queue.jobAt('l', member);
    if (job) queue.stalled(job, stalledOutcome);
  }
  for (const member of due) {
    const job = queue.jobAt('d', member);
    if (job) queue.move(job, 'w', 0);
  }
  queue.meta.soon = lapses.length + due.length < SWEEP_LIMIT ? queue.firstDue() : queue.now;
}

function isBrief({ count, forMs }: Keep): boolean {
  return count < BRIEF.count || forMs < BRIEF.forMs;
}

/** How many jobs may be taken now and, if the pace is what forbids more, when there may be more. */
function allowance(
  { meta, now }: QueueState,
  { take, maxRunning, pace: { intervalUs, burst } }: TurnInput,
): { wanted: number; pacedAt: number | undefined } {
  const micros = now * 1000;
  let wanted = meta.paused === 1 ? 0 : take;
  if (maxRunning > 0) wanted = Math.min(wanted, Math.max(maxRunning - meta.l, 0));
  if (intervalUs === 0 || wanted === 0) return { wanted, pacedAt: undefined };
  const used = Math.max(meta.tat, micros);
  const allowed = Math.max(Math.floor((micros + burst * intervalUs - used) / intervalUs), 0);
  if (allowed >= wanted) return { wanted, pacedAt: undefined };
  return {
    wanted: allowed,
    pacedAt: Math.ceil((used + (allowed + 1 - burst) * intervalUs) / 1000),
  };
}

function lease(
  queue: QueueState,
  members: readonly string[],
  { leaseMs, owner }: TurnInput,
): JobRecord[] {
  const jobs: JobRecord[] = [];
  for (const member of members) {
    const job = queue.jobAt('w', member);
    if (!job) continue;
    const { meta } = queue;
    meta.token++;
    // `move` needs the old state to find the old member.
    queue.move(
      Object.assign(job, { token: meta.token, owner, attempts: job.attempts + 1 }),
      'l',
      queue.now + leaseMs,
    );
    queue.tell('t', job.id);
    jobs.push(job);
  }
  return jobs;
}
