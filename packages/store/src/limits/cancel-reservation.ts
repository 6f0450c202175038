// Returns the tokens of a reserved turn that nobody waits for any more.
import type { Procedure } from '../engine.js';
import { done } from '../procedures/reply.js';
import type { GcraRule } from './gcra-rule.js';
import { formatLimit, LUA_LIMIT_STATE, parseLimit } from './limit-state.js';

interface Input {
  readonly rules: readonly GcraRule[];
  readonly cost: number;
}

/**
 * Turns that were reserved later stay where they are; the next caller gets its turn earlier. If the rule has changed meanwhile,
 * nothing is returned. The stored state keeps its expiry.
 *
 * KEYS: the state of the id. ARGV: the cost; `perToken` and `perMs` of each rule. Returns 1.
 */
export const cancelReservation: Procedure<Input, void> = {
  name: 'cancel-reservation',
  access: 'write',
  lua: `${LUA_LIMIT_STATE}
local text = redis.call('GET', KEYS[1])
if not text then return 1 end
local blockedUntil, buckets = parse(text)
for i, bucket in ipairs(buckets) do
  local perToken, perMs = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  if bucket.perToken == perToken and bucket.perMs == perMs then
    bucket.level = math.max(bucket.level - ARGV[1] * perToken, 0)
    bucket.reserved = math.max(bucket.reserved - ARGV[1] * perToken, 0)
  end
end
redis.call('SET', KEYS[1], format(blockedUntil, buckets), 'KEEPTTL')
return 1`,
  args: ({ rules, cost }) => [cost, ...rules.flatMap(({ perToken, perMs }) => [perToken, perMs])],
  reply: done,
  embedded(transaction, [key = ''], { rules, cost }) {
    const text = transaction.get(key);
    if (text === undefined) return;
    const { blockedUntil, buckets } = parseLimit(text);
    const left = buckets.map((bucket, position) => {
      const rule = rules[position];
      if (bucket.perToken !== rule?.perToken || bucket.perMs !== rule.perMs) return bucket;
      const level = Math.max(bucket.level - cost * rule.perToken, 0);
      return { ...bucket, level, reserved: Math.max(bucket.reserved - cost * rule.perToken, 0) };
    });
    transaction.put(key, formatLimit({ blockedUntil, buckets: left }), 'keep');
  },
};
