// Adds to a whole number and reads how long the counter has left, in one step. Scripts return the sum and PTTL's reply.
import type { Procedure } from '../../engine.js';
import { isNumber, recordOf } from '../../procedures/outputs.js';
import { timeLeft as timeLeftIn, tuple } from '../../procedures/reply.js';
import { increment } from './increment.js';
import { incrementWithin } from './increment-within.js';
import { timeLeft } from './time-left.js';

interface Counted<Sum> {
  readonly sum: Sum;
  /** At least 1; `Infinity` if the counter does not expire, 0 if there is none. */
  readonly ttlMs: number;
}

export const incrementWithTtl = withTtl(increment);
export const incrementWithinWithTtl = withTtl(incrementWithin);

function withTtl<Input, Sum>(counting: Procedure<Input, Sum>): Procedure<Input, Counted<Sum>> {
  return {
    name: `${counting.name}-with-ttl`,
    access: 'write',
    lua: `local function count()
${counting.lua}
end
local sum = count()
if type(sum) == 'table' then return sum end
return { sum, redis.call('PTTL', KEYS[1]) }`,
    args: counting.args,
    reply(raw, input) {
      const [sum, left] = tuple(raw, 2);
      return { sum: counting.reply(sum, input), ttlMs: timeLeftIn(left) ?? 0 };
    },
    isOutput: recordOf({ sum: (sum) => counting.isOutput?.(sum) ?? true, ttlMs: isNumber }),
    embedded(transaction, keys, input) {
      const sum = counting.embedded(transaction, keys, input);
      return { sum, ttlMs: timeLeft.embedded(transaction, keys, undefined) ?? 0 };
    },
  };
}
