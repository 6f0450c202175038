// One turn of a worker in both dialects: settles its jobs and takes new ones. On the way it moves the jobs of all workers that are
// due, and drops those that are no longer kept.
import {
  count,
  flag,
  isNumber,
  list,
  listOf,
  type Procedure,
  recordOf,
  text,
  tuple,
} from '@muster/store/procedures';
import { MOST } from './add-jobs.js';
import { LUA_DEPENDENTS, LUA_QUEUE, LUA_STALLED } from './lua-queue.js';
import { KEYS } from './meta.js';
import { QueueState, TRIM_EVERY, TRIM_LIMIT, TRIM_SLACK } from './queue-state.js';
import { type JobRecord, parseJob, type State, stampIn } from './record.js';
import type { Keep, Settlement, TurnInput, TurnOutput } from './turn.js';
import { DROPPED } from './unreadable.js';

/** The most due jobs that one call moves, and the most ended leases. */
const SWEEP_LIMIT = 128;
/** Where fewer jobs are kept, or for less time, one may be gone before those who wait for it can look: its end is noted. */
const BRIEF = { count: 1_000, forMs: 60_000 };

export const takeJobs: Procedure<TurnInput, TurnOutput> = {
  name: 'queue-take',
  access: 'write',
  lua: `${LUA_QUEUE}${LUA_DEPENDENTS}${LUA_STALLED}
local function trim(state, count, ms)
  local isAging = ms < ${MOST} and meta.token % ${TRIM_EVERY} == 0
  local slack = math.min(math.floor(count * ${TRIM_SLACK}), ${TRIM_EVERY})
  local extra = math.min(meta[state] - count, ${TRIM_LIMIT})
  if extra <= slack and not isAging then return end
  local old, keys, dropped = nil, {}, {}
  if isAging then old = firstOf(state, ${TRIM_LIMIT}) else old = pop(state, extra) end
  for at, text in ipairs(old) do
    if at > extra and stampIn(text) > now - ms then break end
    local id = idIn(state, text)
    if state == 'f' then
      -- Others may wait for one whose record cannot be read.
      local job = load(id) or { id = id, bytes = 0, dependents = 1 }
      meta.bytes = meta.bytes - job.bytes
      dropped[at] = job
    end
    keys[at] = base .. '${KEYS.job}' .. id
  end
  if #keys == 0 then return end
  redis.call('DEL', unpack(keys))
  if isAging then
    redis.call('ZREMRANGEBYRANK', base .. ':' .. state, 0, #keys - 1)
    meta[state] = meta[state] - #keys
  end
  for _, job in ipairs(dropped) do
    eachDependent(job, function(other)
      fail(other, [[${DROPPED}]])
      isWaking = true
    end)
  end
end
local function release(other)
  other.waits = other.waits - 1
  if other.waits > 0 then save(other) else ready(other) end
end
local take, leaseMs, owner = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local maxRunning, interval, burst = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local doneCount, doneMs = tonumber(ARGV[7]), tonumber(ARGV[8])
local failedCount, failedMs, lapsed = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11]
isBrief.c, isBrief.f = doneCount < ${BRIEF.count} or doneMs < ${BRIEF.forMs}, failedCount < ${BRIEF.count} or failedMs < ${BRIEF.forMs}
local flags = {}
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
for _, text in ipairs(dueBy('l', now, ${SWEEP_LIMIT})) do
  local job = jobAt('l', text)
  if job then stalled(job, lapsed) end
end
local due = dueBy('d', now, ${SWEEP_LIMIT})
for _, text in ipairs(due) do
  local job = jobAt('d', text)
  if job then move(job, 'w', 0) end
end
trim('c', doneCount, doneMs)
trim('f', failedCount, failedMs)
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
local nextAt = nil
local function sooner(at) if at and (not nextAt or at < nextAt) then nextAt = at end end
-- A worker that got all that it wanted has no time for more.
if #taken / 2 < take then
  if meta.w > 0 and meta.paused == 0 then sooner(pacedAt) end
  -- Some members were no jobs, and there may be jobs behind them.
  if #taken / 2 < #first then sooner(now) end
  for _, state in ipairs({ 'd', 'l' }) do
    local first = firstOf(state, 1)[1]
    if first and stampIn(first) > 0 then sooner(stampIn(first)) end
  end
end
finish(maxRunning)
return { nextAt and math.max(nextAt - now, 0) or -1, flags, taken }`,
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
    const [next, flags, taken] = tuple(raw, 3);
    const flat = list(taken, text);
    const jobs = Array.from({ length: flat.length / 2 }, (_, at) =>
      parseJob(flat[2 * at] ?? '', flat[2 * at + 1] ?? ''),
    );
    const nextMs = next === -1 ? undefined : count(next);
    return { settled: list(flags, flag, settlements.length), jobs, nextMs };
  },
  isOutput: recordOf({
    settled: listOf((it) => typeof it === 'boolean'),
    jobs: listOf(recordOf({ token: isNumber })),
  }),
  embedded(transaction, [base = ''], input) {
    const queue = new QueueState(transaction, base);
    queue.brief = { c: isBrief(input.keepDone), f: isBrief(input.keepFailed) };
    const settled = input.settlements.map((settlement) => settle(queue, settlement, input));
    sweep(queue, input);
    const { wanted, pacedAt } = allowance(queue, input);
    const first = wanted > 0 ? queue.firstOf('w', wanted) : [];
    const jobs = lease(queue, first, input);
    const { meta } = queue;
    if (input.pace.intervalUs > 0 && jobs.length > 0) {
      meta.tat = Math.max(meta.tat, queue.now * 1000) + jobs.length * input.pace.intervalUs;
    }
    const times: number[] = [];
    // A worker that got all that it wanted has no time for more.
    if (jobs.length < input.take) {
      for (const state of ['d', 'l'] as const) times.push(...queue.firstOf(state, 1).map(stampIn));
      // Some members were no jobs, and there may be jobs behind them.
      if (jobs.length < first.length) times.push(queue.now);
      if (meta.w > 0 && meta.paused === 0 && pacedAt !== undefined) times.push(pacedAt);
    }
    queue.finish(input.maxRunning);
    const next = Math.min(...times.filter((time) => time > 0));
    const nextMs = Number.isFinite(next) ? Math.max(next - queue.now, 0) : undefined;
    return { settled, jobs, nextMs };
  },
};

/** @returns whether the lease was held: also if this settlement was applied before, and its answer was lost. */
function settle(queue: QueueState, settlement: Settlement, { keepDone }: TurnInput): boolean {
  const { id, token, verdict, delayMs, outcome } = settlement;
  const job = queue.load(id);
  if (job?.state !== 'l' || job.token !== token) {
    return job?.state === 'c' && job.token === token && verdict === 'done';
  }
  if (verdict === 'done') {
    job.outcome = outcome;
    queue.eachDependent(job, (other) => queue.release(other));
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

/** Handles leases that ended, delays that are over, and jobs that are no longer kept. */
function sweep(queue: QueueState, { keepDone, keepFailed, stalledOutcome }: TurnInput): void {
  each(queue, 'l', (job) => queue.stalled(job, stalledOutcome));
  each(queue, 'd', (job) => queue.move(job, 'w', 0));
  queue.trim('c', keepDone.count, keepDone.forMs);
  queue.trim('f', keepFailed.count, keepFailed.forMs);
}

function each(queue: QueueState, state: State, call: (job: JobRecord) => void): void {
  for (const member of queue.dueBy(state, queue.now, SWEEP_LIMIT)) {
    const job = queue.jobAt(state, member);
    if (job) call(job);
  }
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
