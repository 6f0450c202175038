// The Lua functions that all scripts of leases share.
import { END_OF_TIME } from '../../entries/lifetime.js';
import { CLAIM, CLAIM_MS, MAX_CLAIM_MS, PLACE_MS, WAKE_MS } from './lease-state.js';

/** Milliseconds since the epoch, as `now()` in Lua. */
export const LUA_NOW = `local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end`;

/** `timeIn` of lease-state.ts; the text may be nil. */
export const LUA_TIME_IN = `local function timeIn(text)
  local time = tonumber(text or '')
  return time and time > 0 and time <= ${END_OF_TIME} and time == math.floor(time) and time or 0
end`;

/** Keeps the last token if there is room for it: a full store must not prevent the release of a lock. */
export const LUA_RETAIN = `local function retain(key, token, ms)
  local reply = redis.pcall('SET', key, token, 'PX', string.format('%.0f', ms))
  if reply.err then redis.call('DEL', key) end
end`;

/**
 * The functions of lease-state.ts in Lua: `now()`, `parse(text, now)`, `save(key, state, now, leaseMs, retainMs)`, `setClaim(state, now, leaseMs)`,
 * `weight(id, permits)`, `weightOfAll(list, permits)`, `waitersAhead(state, place, now, permits)`, `next(state, now, permits)`,
 * and `wake(own, id, waiter)`.
 */
export const LUA_LEASES = `${LUA_NOW}
${LUA_TIME_IN}
${LUA_RETAIN}
local function parse(text, now)
  local state = { token = 0, holders = {}, waiters = {}, claimBy = 0 }
  for line in string.gmatch(text or '', '[^\\n]+') do
    local kind, id, ends, token, owner = string.match(line, '^(%a) (%S+) (%d+) (%d+) (%S+)$')
    if kind == 'h' then
      if timeIn(ends) > now and timeIn(token) > 0 then
        table.insert(state.holders, { id = id, ends = timeIn(ends), token = string.format('%.0f', timeIn(token)), owner = owner })
      else
        state.claimBy = math.max(state.claimBy, id == '${CLAIM}' and timeIn(token) or math.min(timeIn(ends), now) + ${CLAIM_MS})
      end
    elseif kind == 'w' then
      if timeIn(ends) + ${PLACE_MS} > now then
        table.insert(state.waiters, { id = id, ends = timeIn(ends), owner = owner })
      end
    else state.token = timeIn(line) end
  end
  return state
end
local function save(key, state, now, leaseMs, retainMs)
  if #state.holders + #state.waiters == 0 and retainMs == 0 then
    redis.call('DEL', key)
    return
  end
  local lines = { string.format('%.0f', state.token) }
  if state.claimBy > 0 and #state.waiters > 0 then
    table.insert(lines, string.format('h ${CLAIM} 0 %.0f ${CLAIM}', state.claimBy))
  end
  for _, one in ipairs(state.holders) do
    table.insert(lines, string.format('h %s %.0f %s %s', one.id, one.ends, one.token, one.owner))
  end
  for _, one in ipairs(state.waiters) do
    table.insert(lines, string.format('w %s %.0f 0 %s', one.id, one.ends, one.owner))
  end
  local ms = leaseMs
  for _, one in ipairs(state.holders) do ms = math.max(ms, one.ends - now) end
  for _, one in ipairs(state.waiters) do ms = math.max(ms, one.ends - now) end
  ms = ms + math.max(state.token - now, 0) + retainMs
  if #lines > 1 then redis.call('SET', key, table.concat(lines, '\\n'), 'PX', string.format('%.0f', ms))
  else retain(key, lines[1], ms) end
end
local function setClaim(state, now, leaseMs)
  state.claimBy = now + math.min(math.max(leaseMs, ${CLAIM_MS}), ${MAX_CLAIM_MS})
end
local function weight(id, permits) return string.find(id, '%.w%d+$') and permits or 1 end
local function weightOfAll(list, permits)
  local sum = 0
  for _, one in ipairs(list) do sum = sum + weight(one.id, permits) end
  return sum
end
local function waitersAhead(state, place, now, permits)
  local free, position, ahead = permits - weightOfAll(state.holders, permits), 0, {}
  local isBlocked = free <= 0
  for i, waiter in ipairs(state.waiters) do
    if i == place then break end
    if waiter.ends > now then
      local ends, its = waiter.ends, weight(waiter.id, permits)
      isBlocked = isBlocked or its > free
      if not isBlocked and state.claimBy > 0 then
        ends = math.min(ends, state.claimBy + math.floor(position / free) * ${CLAIM_MS})
      end
      position = position + its
      if ends > now then table.insert(ahead, { id = waiter.id, owner = waiter.owner, ends = ends })
      else waiter.ends = now end
    end
  end
  return ahead
end
local function next(state, now, permits)
  local free, found = permits - weightOfAll(state.holders, permits), {}
  for _, waiter in ipairs(state.waiters) do
    if waiter.ends > now then
      free = free - weight(waiter.id, permits)
      if free < 0 then break end
      table.insert(found, waiter.id)
    end
  end
  return found
end
local function client(id) return string.match(id, '^(.*)%.[^.]*$') end
local function wake(own, id, waiter)
  local from, to = string.find(own, client(id), 1, true)
  local other = client(waiter)
  if other == client(id) then return end
  redis.call('SET', string.sub(own, 1, from - 1) .. other .. string.sub(own, to + 1), waiter, 'PX', ${WAKE_MS})
end`;
