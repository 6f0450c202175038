// Takes tokens of a rate limit, where there are enough.
import type { Procedure } from '../engine.js';
import { type GcraRule, gcra } from '../gcra.js';
import type { RateLimitVerdict } from '../store.js';

interface Input {
  readonly rule: GcraRule;
  readonly cost: number;
}

/** For "never" in a reply of Redis, which has no infinity. */
const NEVER = -1;

/** `gcra` of gcra.ts, line by line. Returns allowed, remaining, retryAfterMs, resetMs, and the text to write or nil. */
export const LUA_GCRA = `local function quotient(a, b) return (a - math.fmod(a, b)) / b end
local function quotientUp(a, b) return quotient(a, b) + (math.fmod(a, b) > 0 and 1 or 0) end
local function gcra(text, perToken, perMs, capacity, cost, now)
  local before, isOutdated = 0, false
  local level, at, oldPerToken, oldPerMs = string.match(text, '^(%d+) (%d+) ([1-9]%d*) ([1-9]%d*)$')
  if level then
    at, oldPerToken, oldPerMs = tonumber(at), tonumber(oldPerToken), tonumber(oldPerMs)
    before = math.max(tonumber(level) - math.max(now - at, 0) * oldPerMs, 0)
    if oldPerToken ~= perToken then before = math.ceil((before * perToken) / oldPerToken) end
    before = math.min(before, capacity)
    isOutdated = oldPerToken ~= perToken or oldPerMs ~= perMs or at > now
  end
  local asked = math.max(cost, 1) * perToken
  local over = before + asked - capacity
  local allowed = over <= 0
  level = allowed and before + cost * perToken or before
  local retryAfterMs = 0
  if not allowed then retryAfterMs = asked > capacity and ${NEVER} or quotientUp(over, perMs) end
  local next = nil
  if cost > 0 and level > 0 and (allowed or isOutdated) then
    next = string.format('%.0f %.0f %.0f %.0f', level, now, perToken, perMs)
  end
  return allowed and 1 or 0, quotient(capacity - level, perToken), retryAfterMs, quotientUp(level, perMs), next
end`;

export const takeLimit: Procedure<Input, RateLimitVerdict> = {
  name: 'take-limit',
  access: 'write',
  lua: `${LUA_GCRA}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local text = redis.call('GET', KEYS[1]) or ''
local allowed, remaining, retryAfterMs, resetMs, next =
  gcra(text, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), now)
if next then redis.call('SET', KEYS[1], next, 'PX', resetMs) end
return { allowed, remaining, retryAfterMs, resetMs }`,
  args: ({ rule, cost }) => [rule.perToken, rule.perMs, rule.capacity, cost],
  reply(raw) {
    const [allowed, remaining = 0, retryAfterMs = 0, resetMs = 0] = raw as number[];
    return {
      allowed: allowed === 1,
      remaining,
      retryAfterMs: retryAfterMs === NEVER ? Number.POSITIVE_INFINITY : retryAfterMs,
      resetMs,
    };
  },
  embedded(transaction, [key = ''], { rule, cost }) {
    const { verdict, next } = gcra(transaction.get(key), rule, cost, transaction.now);
    if (next) transaction.put(key, next.text, { forMs: next.forMs });
    return verdict;
  },
};

/** The same for a cost of 0, which writes nothing. */
export const peekLimit: Procedure<Input, RateLimitVerdict> = {
  ...takeLimit,
  name: 'peek-limit',
  access: 'read',
};
