// The beginning of all scripts of a queue: its numbers, its jobs and its indexes, in Lua. queue-state.ts is the same in TypeScript.
// Redis serves nobody else meanwhile, so one call reads or writes all numbers, and an empty index is not asked.
//
// Any key may hold what no queue wrote: `try` drops keys of another type, and `jobAt` lets jobs fail whose records cannot be read.
//
// KEYS[1] is the first key of the queue; all others begin with it, and so are in its slot.
import { ENDED_MS, EVENT_DIGITS, EVENTS_KEPT, KEYS, NEVER, NUMBERS } from './meta.js';
import { LUA_UNPACK } from './packed.js';
import {
  FIELDS,
  PRIORITY_DIGITS,
  PRIORITY_MOST,
  SEQ_DIGITS,
  SEQ_MOST,
  STAMP_DIGITS,
  STAMP_MOST,
  STATES,
  SUM_MOST,
} from './record.js';
import { LOST, UNREADABLE } from './unreadable.js';

/** The fields of a job that are text in its first line. */
const WORDS: readonly string[] = ['state', 'owner'];

const NUMBER = '(%d+)';
const HEADS: Readonly<Record<string, string>> = {
  state: `([${STATES.join('')}])`,
  owner: '(%S+)',
  priority: '(-?%d+)',
};
const head = FIELDS.map((field) => HEADS[field] ?? NUMBER);
const place = (field: (typeof FIELDS)[number]) => `f${FIELDS.indexOf(field)}`;
const numbers = FIELDS.flatMap((field) => (field in HEADS ? [] : place(field)));
const read = FIELDS.map(
  (field, at) => `${field} = ${WORDS.includes(field) ? `f${at}` : `tonumber(f${at})`}`,
);
const formats = FIELDS.map((field) => (WORDS.includes(field) ? '%s' : '%.0f')).join(' ');
const GROWING: readonly string[] = ['seq', 'events'];
const zero = NUMBERS.map((name) => (name === 'soon' ? NEVER : 0)).join(' ');
const fresh = NUMBERS.map((name) => `${name} = ${GROWING.includes(name) ? 'now' : 0}`);
const every = NUMBERS.map((_, at) => `n${at}`);
const seqAt = NUMBERS.indexOf('seq');

export const LUA_QUEUE = `${LUA_UNPACK}
local base = KEYS[1]
-- While a Cluster moves the slot, some of its keys are on another server, and a script that has begun cannot go on. A command on
-- several keys of which one is missing is refused then: nothing is done, and the call is sent again.
local known = redis.pcall('MGET', base, base .. '${KEYS.never}')
if known.err then return redis.error_reply('TRYAGAIN The slot of the queue is being moved') end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local isDamaged, isBrief = false, {}
local function try(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if string.find(reply.err, 'WRONGTYPE', 1, true) then
    isDamaged = true
    redis.call('DEL', key)
  end
  return redis.call(command, key, ...)
end

local meta
-- A key of another type has no text.
local before = known[1] or try('GET', base)
local ${every.join(', ')} = string.match(before or '', '^${NUMBERS.map(() => NUMBER).join(' ')}$')
if n0 and tonumber(n${seqAt}) <= ${SEQ_MOST} and ${every.join(' + ')} < ${SUM_MOST} then meta = { ${NUMBERS.map((name, at) => `${name} = tonumber(n${at})`).join(', ')} } end
local function recount()
  local sum = 0
  for _, state in ipairs({ ${STATES.map((state) => `'${state}'`).join(', ')} }) do
    meta[state] = try('ZCARD', base .. ':' .. state)
    sum = sum + meta[state]
  end
  return sum
end
local isWaking, isTelling = not meta, false
if not meta then
  -- Numbers that must only grow go on from the time, which is beyond all of them.
  meta = { ${fresh.join(', ')} }
  meta.token = now * 1000
  if recount() == 0 and not before and not isDamaged then
    meta.seq, meta.token, meta.events, meta.soon, before = 0, 0, 0, ${NEVER}, '${zero}'
  end
end
local waitedBefore, leasedBefore = meta.w, meta.l

local function pad(number) return string.format('%0${STAMP_DIGITS}.0f', number) end
local function member(job)
  if job.state == 'w' then
    return string.format('%0${PRIORITY_DIGITS}.0f%0${STAMP_DIGITS}.0f%0${SEQ_DIGITS}.0f%s', ${PRIORITY_MOST} - job.priority, job.due, job.seq, job.id)
  end
  return string.format('%0${STAMP_DIGITS}.0f%0${SEQ_DIGITS}.0f%s', job.at, job.seq, job.id)
end
local function idIn(state, text) return string.sub(text, state == 'w' and ${PRIORITY_DIGITS + STAMP_DIGITS + SEQ_DIGITS + 1} or ${STAMP_DIGITS + SEQ_DIGITS + 1}) end
local function stampIn(text) return tonumber(string.match(text, '^${'%d'.repeat(STAMP_DIGITS)}') or 0) end
local function firstOf(state, count)
  if meta[state] == 0 or count == 0 then return {} end
  local texts = try('ZRANGE', base .. ':' .. state, 0, count - 1)
  if #texts < math.min(count, meta[state]) then isDamaged = true end
  return texts
end
local function firstDue()
  local first = ${NEVER}
  for _, state in ipairs({ 'd', 'l' }) do
    local text = firstOf(state, 1)[1]
    if text and stampIn(text) > 0 then first = math.min(first, stampIn(text)) end
  end
  return first
end
local function dueBy(state, ms, count)
  if meta[state] == 0 then return {} end
  return try('ZRANGEBYLEX', base .. ':' .. state, '-', '(' .. pad(ms + 1), 'LIMIT', 0, count)
end

-- A job, or nil; and whether something else is there.
local function load(id)
  local text = redis.pcall('GET', base .. '${KEYS.job}' .. id)
  if not text then return nil end
  if type(text) ~= 'string' then return nil, true end
  local head = string.find(text, '\\n', 1, true)
  local second = head and string.find(text, '\\n', head + 1, true)
  local third = second and string.find(text, '\\n', second + 1, true)
  if not third then return nil, true end
  local ${FIELDS.map((_, at) => `f${at}`).join(', ')} =
    string.match(string.sub(text, 1, head - 1), '^${head.join(' ')}$')
  if not f0 or ${numbers.join(' + ')} > ${SUM_MOST} or tonumber(${place('seq')}) > ${SEQ_MOST} or tonumber(${place('due')}) > ${STAMP_MOST}
    or tonumber(${place('at')}) > ${STAMP_MOST} or math.abs(${place('priority')}) > ${PRIORITY_MOST} then return nil, true end
  return {
    ${read.join(', ')}, id = id, text = text, progress = string.sub(text, head + 1, second - 1),
    outcome = string.sub(text, second + 1, third - 1), data = string.sub(text, third + 1),
  }
end
local function textOf(job, data)
  return string.format('${formats}\\n', ${FIELDS.map((field) => `job.${field}`).join(', ')})
    .. job.progress .. '\\n' .. job.outcome .. '\\n' .. data
end
local function save(job)
  job.text = textOf(job, job.data)
  redis.call('SET', base .. '${KEYS.job}' .. job.id, job.text)
end
local function leave(state, text)
  if try('ZREM', base .. ':' .. state, text) == 1 then meta[state] = meta[state] - 1 else isDamaged = true end
end
-- Puts a job that is in no index into that of a state.
local function enter(job, state, at)
  job.state, job.at = state, at
  if (state == 'd' or state == 'l') and at < meta.soon then
    meta.soon = at
    if state == 'd' then isWaking = true end
  end
  try('ZADD', base .. ':' .. state, 0, member(job))
  meta[state] = meta[state] + 1
  save(job)
end
local function move(job, state, at)
  if job.state ~= '-' then leave(job.state, member(job)) end
  enter(job, state, at)
end
-- Takes the first members out of an index.
local function pop(state, count)
  if meta[state] == 0 or count == 0 then return {} end
  local popped, texts = try('ZPOPMIN', base .. ':' .. state, count), {}
  for at = 1, #popped, 2 do texts[#texts + 1] = popped[at] end
  if #texts < math.min(count, meta[state]) then isDamaged = true end
  meta[state] = meta[state] - #texts
  return texts
end
local function tell(letter, id)
  if meta.heard <= now then return end
  meta.events = meta.events + 1
  try('ZADD', base .. '${KEYS.event}', 0, string.format('%0${EVENT_DIGITS}.0f', meta.events) .. letter .. id)
  redis.call('ZREMRANGEBYRANK', base .. '${KEYS.event}', 0, -${EVENTS_KEPT + 1})
  isTelling = true
end
local function ready(job)
  if job.due > now then move(job, 'd', job.due) else move(job, 'w', 0) end
end
local function forget(job)
  leave(job.state, member(job))
  redis.call('DEL', base .. '${KEYS.job}' .. job.id)
end
local function drop(job)
  if job.state ~= 'c' then meta.bytes = meta.bytes - job.bytes end
  forget(job)
  redis.call('DEL', base .. '${KEYS.ended}' .. job.id)
end
-- It is done, or has failed, and may be kept no longer.
local function noteEnd(job)
  if job.awaited == 0 and not isBrief[job.state] then return end
  local ms = job.awaited == 1 and ${ENDED_MS.awaited} or ${ENDED_MS.brief}
  redis.call('SET', base .. '${KEYS.ended}' .. job.id, textOf(job, ''), 'PX', ms)
end
local function fail(job, outcome)
  job.outcome = outcome
  move(job, 'f', now)
  noteEnd(job)
  tell('f', job.id)
end
local function blank(id, priority, due, attempts, size, dedupe, data)
  return {
    id = id, state = '-', priority = priority, seq = 0, added = now, due = due, at = 0, attempts = 0,
    maxAttempts = attempts, token = 0, owner = '-', bytes = size, dedupeMs = dedupe, waits = 0,
    dependents = 0, awaited = 0, progress = '', outcome = '', data = data,
  }
end
-- Fails the job with this id, whose record cannot be read and which is in no index.
local function failLost(id)
  local lost = blank(id, 0, now, 1, 0, 0, '${LOST}')
  meta.seq = meta.seq + 1
  lost.seq, lost.dependents, lost.awaited = meta.seq, 1, 1
  fail(lost, [[${UNREADABLE}]])
end
-- The job of a member, which is taken out of the index if it is not the job's. It may have been popped before.
local function jobAt(state, text)
  local id = idIn(state, text)
  local job, isUnreadable = load(id)
  if job and job.state == state and member(job) == text then return job end
  leave(state, text)
  isDamaged = true
  if isUnreadable then failLost(id) end
end
-- To be called last.
local function finish(maxRunning)
  if isDamaged then
    recount()
    meta.lost, meta.soon = meta.lost + 1, 0
  end
  local isEmpty = meta.w + meta.d + meta.b + meta.l + meta.f == 0
  meta.bytes = isEmpty and 0 or math.max(meta.bytes, 0)
  local after = string.format('${NUMBERS.map(() => '%.0f').join(' ')}', ${NUMBERS.map((name) => `meta.${name}`).join(', ')})
  if after == before then return end
  redis.call('SET', base, after)
  if waitedBefore == 0 and meta.w > 0 then isWaking = true end
  if maxRunning > 0 and leasedBefore >= maxRunning and meta.l < maxRunning then isWaking = true end
  if isWaking and meta.paused == 0 then redis.call('SET', base .. '${KEYS.wake}', now) end
  if isTelling then redis.call('SET', base .. '${KEYS.told}', meta.events) end
end
`;

/** Add it after LUA_QUEUE in scripts in which leases end. */
export const LUA_STALLED = `
local function stalled(job, outcome)
  tell('s', job.id)
  job.outcome = outcome
  if job.attempts >= job.maxAttempts then fail(job, outcome) else move(job, 'w', 0) end
end
`;
