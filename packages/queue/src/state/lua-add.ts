// Adds jobs inside one script. add-all.ts is the same in TypeScript.
import { KEYS } from './meta.js';

/** The number of arguments for each job that is added. */
export const JOB_ARGS = 4;

/**
 * Add it after LUA_QUEUE in scripts that add jobs. `args` has `count` jobs from `start` on. Each has four arguments: its id; its
 * priority, delay, attempts, time of dedupe, bytes, and 1 if no job can have its id yet; the packed ids for which it waits; its
 * data. `sorted` only reads. It returns the bound that is full, or nil; 1 or 0 for each, whether it is new; and the new ones, for
 * `insert`. `addAll` does both, and returns the bound or the numbers.
 */
export const LUA_ADD = `
local function sorted(args, start, count, maxJobs, maxBytes)
  local jobs, flags, seen, bytes = {}, {}, {}, 0
  for at = start, start + (count - 1) * ${JOB_ARGS}, ${JOB_ARGS} do
    local id, old, isTaken, isUnreadable = args[at], nil, false, false
    local priority, delay, attempts, dedupe, size, fresh =
      string.match(args[at + 1], '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
    if fresh ~= '1' then
      old, isUnreadable = load(id)
      if isUnreadable then isDamaged = true end
      isTaken = isUnreadable or seen[id] or (old and old.state ~= 'c')
        or redis.call('EXISTS', base .. '${KEYS.dedupe}' .. id) == 1
    end
    flags[#flags + 1] = isTaken and 0 or 1
    if not isTaken then
      seen[id] = true
      bytes = bytes + tonumber(size)
      local job = blank(id, tonumber(priority), now + delay, tonumber(attempts), tonumber(size), tonumber(dedupe), args[at + 3])
      job.old, job.after = old, args[at + 2]
      jobs[#jobs + 1] = job
    end
  end
  local held = meta.w + meta.d + meta.b + meta.l + meta.f
  if #jobs > 0 and held + #jobs > maxJobs then return 'jobs' end
  if #jobs > 0 and meta.bytes + bytes > maxBytes then return 'bytes' end
  return nil, flags, jobs
end
local function insert(jobs)
  for _, job in ipairs(jobs) do
    if job.old then drop(job.old) end
    meta.seq = meta.seq + 1
    job.seq = meta.seq
    meta.bytes = meta.bytes + job.bytes
    tell('a', job.id)
    for _, id in ipairs(unpacked(job.after)) do
      local first, isUnreadable
      if id ~= job.id then first, isUnreadable = load(id) end
      if isUnreadable then isDamaged = true end
      if isUnreadable or (first and first.state ~= 'c') then
        job.waits = job.waits + 1
        if first then
          first.dependents = first.dependents + 1
          save(first)
        end
        local key, text = base .. '${KEYS.dependents}' .. id, member(job)
        local packed = #text .. ':' .. text
        -- The first one replaces what may be there.
        if first and first.dependents == 1 then redis.call('SET', key, packed) else try('APPEND', key, packed) end
      end
    end
    if job.waits > 0 then move(job, 'b', 0) else ready(job) end
  end
end
local function addAll(args, start, count, maxJobs, maxBytes)
  local full, flags, jobs = sorted(args, start, count, maxJobs, maxBytes)
  if full then return full end
  insert(jobs)
  return flags
end
`;
