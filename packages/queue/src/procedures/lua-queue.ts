// What all scripts of a queue begin with: its numbers, its jobs and its indexes, in Lua. queue-state.ts is the same in TypeScript.
//
// KEYS[1] is the first key of the queue; all others begin with it, and so are in its slot.
import { EVENT_DIGITS, EVENTS_KEPT, KEYS, NUMBERS } from './meta.js';
import { LUA_UNPACK } from './packed.js';
import { FIELDS, PRIORITY_MOST } from './record.js';

const captures = FIELDS.map(() => '(%S+)').join(' ');
const fieldNames = FIELDS.map((field) => `'${field}'`).join(', ');

export const LUA_QUEUE = `${LUA_UNPACK}
local base = KEYS[1]
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local NUMBERS = { ${NUMBERS.map((name) => `'${name}'`).join(', ')} }
local FIELDS = { ${fieldNames} }
local meta, before = {}, redis.call('GET', base) or ''
do
  local at = 1
  for number in string.gmatch(before, '%S+') do meta[NUMBERS[at]] = tonumber(number); at = at + 1 end
  for _, name in ipairs(NUMBERS) do meta[name] = meta[name] or 0 end
end
local waitedBefore, leasedBefore, isWaking, isTelling = meta.w, meta.l, false, false

local function pad(number, digits) return string.format('%0' .. digits .. '.0f', number) end
local function member(job)
  if job.state == 'w' then
    return pad(${PRIORITY_MOST} - job.priority, 7) .. pad(job.due, 13) .. pad(job.seq, 14) .. job.id
  end
  return pad(job.at, 13) .. pad(job.seq, 14) .. job.id
end
local function idIn(state, text) return string.sub(text, state == 'w' and 35 or 28) end
local function stampIn(text) return tonumber(string.sub(text, 1, 13)) end
local function firstOf(state, count) return redis.call('ZRANGE', base .. ':' .. state, 0, count - 1) end
local function dueBy(state, ms, count)
  return redis.call('ZRANGEBYLEX', base .. ':' .. state, '-', '(' .. pad(ms + 1, 13), 'LIMIT', 0, count)
end

local function load(id)
  local text = redis.call('GET', base .. '${KEYS.job}' .. id)
  if not text then return nil end
  local head, progress, outcome, data = string.match(text, '^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
  local words = { string.match(head, '^${captures}$') }
  local job = { id = id, progress = progress, outcome = outcome, data = data, text = text }
  for at, field in ipairs(FIELDS) do
    job[field] = (field == 'state' or field == 'owner') and words[at] or tonumber(words[at])
  end
  return job
end
local function save(job)
  local words = {}
  for at, field in ipairs(FIELDS) do
    local value = job[field]
    words[at] = type(value) == 'number' and string.format('%.0f', value) or value
  end
  job.text = table.concat(words, ' ') .. '\\n' .. job.progress .. '\\n' .. job.outcome .. '\\n' .. job.data
  redis.call('SET', base .. '${KEYS.job}' .. job.id, job.text)
end
local function leave(state, text)
  if redis.call('ZREM', base .. ':' .. state, text) == 1 then meta[state] = meta[state] - 1 end
end
local function move(job, state, at)
  if job.state ~= '-' then leave(job.state, member(job)) end
  job.state, job.at = state, at
  if state == 'd' then
    local first = firstOf('d', 1)[1]
    if not first or at < stampIn(first) then isWaking = true end
  end
  redis.call('ZADD', base .. ':' .. state, 0, member(job))
  meta[state] = meta[state] + 1
  save(job)
end
local function tell(letter, id)
  if meta.heard <= now then return end
  meta.events = meta.events + 1
  redis.call('ZADD', base .. '${KEYS.event}', 0, pad(meta.events, ${EVENT_DIGITS}) .. letter .. id)
  redis.call('ZREMRANGEBYRANK', base .. '${KEYS.event}', 0, -${EVENTS_KEPT + 1})
  isTelling = true
end
local function ready(job)
  if job.due > now then move(job, 'd', job.due) else move(job, 'w', 0) end
end
local function drop(job)
  leave(job.state, member(job))
  redis.call('DEL', base .. '${KEYS.job}' .. job.id)
  meta.bytes = meta.bytes - job.bytes
end
local function trim(state, count, ms)
  for _ = 1, 8 do
    local first = firstOf(state, 1)[1]
    if not first or (meta[state] <= count and stampIn(first) > now - ms) then return end
    local old = load(idIn(state, first))
    if old then drop(old) else leave(state, first) end
  end
end
local function fail(job, outcome)
  job.outcome = outcome
  move(job, 'f', now)
  tell('f', job.id)
end
local function eachDependent(job, call)
  if job.dependents == 0 then return end
  local key = base .. '${KEYS.dependents}' .. job.id
  for _, id in ipairs(unpacked(redis.call('GET', key) or '')) do
    local other = load(id)
    if other and other.state == 'b' then call(other) end
  end
  redis.call('DEL', key)
  job.dependents = 0
end
local function release(other)
  other.waits = other.waits - 1
  if other.waits > 0 then save(other) else ready(other) end
end
local function stalled(job, outcome)
  tell('s', job.id)
  job.outcome = outcome
  if job.attempts >= job.maxAttempts then fail(job, outcome) else move(job, 'w', 0) end
end
-- Returns an error of the limits, or else 1 and 0 for each: whether it is new.
local function addAll(texts, maxJobs, maxBytes)
  local jobs, flags, seen, bytes = {}, {}, {}, 0
  for at = 1, #texts, 8 do
    local id, state = texts[at], nil
    local old = load(id)
    local isTaken = seen[id] or (old and old.state ~= 'c')
      or redis.call('EXISTS', base .. '${KEYS.dedupe}' .. id) == 1
    flags[#flags + 1] = isTaken and 0 or 1
    if not isTaken then
      seen[id] = true
      jobs[#jobs + 1] = { at = at, old = old }
      bytes = bytes + tonumber(texts[at + 5])
    end
  end
  local held = meta.w + meta.d + meta.b + meta.l + meta.f
  if #jobs > 0 and held + #jobs > maxJobs then return nil, 'jobs' end
  if #jobs > 0 and meta.bytes + bytes > maxBytes then return nil, 'bytes' end
  for _, given in ipairs(jobs) do
    local at = given.at
    if given.old then drop(given.old) end
    meta.seq = meta.seq + 1
    local job = {
      id = texts[at], state = '-', priority = tonumber(texts[at + 1]), seq = meta.seq, added = now,
      due = now + tonumber(texts[at + 2]), at = 0, attempts = 0, maxAttempts = tonumber(texts[at + 3]),
      token = 0, owner = '-', bytes = tonumber(texts[at + 5]), dedupeMs = tonumber(texts[at + 4]),
      waits = 0, dependents = 0, progress = '', outcome = '', data = texts[at + 7],
    }
    meta.bytes = meta.bytes + job.bytes
    tell('a', job.id)
    for _, id in ipairs(unpacked(texts[at + 6])) do
      local first = id ~= job.id and load(id)
      if first and first.state ~= 'c' then
        job.waits = job.waits + 1
        first.dependents = first.dependents + 1
        save(first)
        redis.call('APPEND', base .. '${KEYS.dependents}' .. id, #job.id .. ':' .. job.id)
      end
    end
    if job.waits > 0 then move(job, 'b', 0) else ready(job) end
  end
  return flags
end
-- To be called last.
local function finish(maxRunning)
  local words = {}
  for at, name in ipairs(NUMBERS) do words[at] = string.format('%.0f', meta[name]) end
  local after = table.concat(words, ' ')
  if after == before then return end
  redis.call('SET', base, after)
  if waitedBefore == 0 and meta.w > 0 then isWaking = true end
  if maxRunning > 0 and leasedBefore >= maxRunning and meta.l < maxRunning then isWaking = true end
  if isWaking and meta.paused == 0 then redis.call('SET', base .. '${KEYS.wake}', now) end
  if isTelling then redis.call('SET', base .. '${KEYS.told}', meta.events) end
end
`;
