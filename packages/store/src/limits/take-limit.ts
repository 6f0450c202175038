// Takes tokens of a rate limit if there are enough, or reserves a turn for the time when there will be.
import type { Procedure } from '../engine.js';
import { END_OF_TIME } from '../entries/lifetime.js';
import { LUA_NOW } from '../locks/procedures/lua-leases.js';
import { isFlag, isNumber, recordOf } from '../procedures/outputs.js';
import { count, flag, tuple } from '../procedures/reply.js';
import type { RateLimitVerdict } from '../store.js';
import { gcra, type TakeRequest } from './gcra.js';
import { MAX_CAPACITY } from './gcra-rule.js';
import { LUA_LIMIT_STATE } from './limit-state.js';

/** Stands for infinity in a reply of Redis. */
const NEVER = -1;

/**
 * `gcra` of gcra.ts, line by line. `rules` is a list of { perToken, perMs, capacity }. Returns allowed, remaining, retryAfterMs,
 * resetMs, the text to write or nil, and for how many milliseconds it is written.
 */
export const LUA_GCRA = `${LUA_LIMIT_STATE}
local function quotient(a, b) return (a - math.fmod(a, b)) / b end
local function quotientUp(a, b) return quotient(a, b) + (math.fmod(a, b) > 0 and 1 or 0) end
local function gcra(text, rules, cost, maxWaitMs, now)
  local blockedUntil, buckets = parse(text)
  local start = math.max(now, blockedUntil)
  local isEndless = blockedUntil == ${END_OF_TIME}
  local turnMs = isEndless and math.huge or start - now
  local isOutdated, isCountable, after = false, true, {}
  for i, rule in ipairs(rules) do
    local perToken, perMs, capacity = rule[1], rule[2], rule[3]
    local stored, level = buckets[i], 0
    if stored then
      isOutdated = isOutdated or stored.perToken ~= perToken or stored.perMs ~= perMs or stored.at > start
      level = levelAt(start, stored, perToken, capacity)
    end
    local asked = math.max(cost, 1) * perToken
    local over = level + asked - capacity
    if over > ${MAX_CAPACITY} then isCountable = false end
    local delayMs = asked > capacity and math.huge or quotientUp(math.max(over, 0), perMs)
    turnMs = math.max(turnMs, start - now + delayMs)
    after[i] = { level = level, at = start, perToken = perToken, perMs = perMs }
  end
  local allowed = turnMs < math.huge and turnMs <= maxWaitMs and isCountable
  local remaining, resetMs, isFilled = math.huge, start - now, false
  for i, one in ipairs(after) do
    local capacity = rules[i][3]
    if allowed then one.level = one.level + cost * one.perToken end
    local left = start > now and 0 or quotient(math.max(capacity - one.level, 0), one.perToken)
    remaining = math.min(remaining, left)
    resetMs = math.max(resetMs, start - now + quotientUp(one.level, one.perMs))
    isFilled = isFilled or one.level > 0
    one.reserved = math.max(one.level - capacity, 0)
  end
  local next = nil
  if cost > 0 and isFilled and (allowed or isOutdated) then
    next = format(start > now and blockedUntil or 0, after)
  end
  return allowed and 1 or 0, remaining, turnMs == math.huge and ${NEVER} or turnMs,
    isEndless and ${NEVER} or resetMs, next, resetMs
end`;

/** The rules of the arguments from the first one on, three each. */
const LUA_RULES = `local rules = {}
for i = 1, #ARGV - 2, 3 do
  table.insert(rules, { tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]) })
end`;

/**
 * KEYS: the state of the id. ARGV: `perToken`, `perMs` and `capacity` of each rule; the cost; `maxWaitMs`. Returns allowed, remaining,
 * retryAfterMs and resetMs.
 */
export const takeLimit: Procedure<TakeRequest, RateLimitVerdict> = {
  name: 'take-limit',
  access: 'write',
  lua: `${LUA_GCRA}
${LUA_NOW}
${LUA_RULES}
local text = redis.call('GET', KEYS[1]) or ''
local allowed, remaining, retryAfterMs, resetMs, next, forMs =
  gcra(text, rules, tonumber(ARGV[#ARGV - 1]), tonumber(ARGV[#ARGV]), now())
if next then redis.call('SET', KEYS[1], next, 'PX', string.format('%.0f', forMs)) end
return { allowed, remaining, retryAfterMs, resetMs }`,
  args: ({ rules, cost, maxWaitMs }) => [
    ...rules.flatMap(({ perToken, perMs, capacity }) => [perToken, perMs, capacity]),
    cost,
    Math.min(maxWaitMs, Number.MAX_SAFE_INTEGER),
  ],
  reply(raw) {
    const [allowed, remaining, retryAfterMs, resetMs] = tuple(raw, 4);
    return {
      allowed: flag(allowed),
      remaining: count(remaining),
      retryAfterMs: endless(retryAfterMs),
      resetMs: endless(resetMs),
    };
  },
  isOutput: recordOf({
    allowed: isFlag,
    remaining: isNumber,
    retryAfterMs: isNumber,
    resetMs: isNumber,
  }),
  embedded(transaction, [key = ''], request) {
    const { verdict, next } = gcra(transaction.get(key), request, transaction.now);
    if (next) transaction.put(key, next.text, { forMs: next.forMs });
    return verdict;
  },
};

/** The same for a cost of 0, which writes nothing. */
export const peekLimit: Procedure<TakeRequest, RateLimitVerdict> = {
  ...takeLimit,
  name: 'peek-limit',
  access: 'read',
};

function endless(ms: unknown): number {
  return ms === NEVER ? Number.POSITIVE_INFINITY : count(ms);
}
