// Adds to a whole number.
import { encode } from '@muster/codec';
import type { Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { lifetimeArgs } from '../../entries/lua-lifetime.js';
import { either, isNothing, isNumber } from '../../procedures/outputs.js';
import { integer, optional } from '../../procedures/reply.js';

export interface IncrementInput {
  /** A safe integer. */
  readonly by: number;
  /** The lifetime of a counter that this call creates. An existing counter keeps its own. */
  readonly lifetime: Lifetime;
}

/** The new number; `undefined` if the value is not a safe integer, or would not stay one. */
type Output = number | undefined;

/** A zero as well. JSON would lose its sign, so it is not a plain number in the store. */
export const MINUS_ZERO = encode(-0);

/** KEYS: the counter. ARGV: the addend; the lifetime of a new counter. Returns the sum, a large one as text, or nil. */
export const increment: Procedure<IncrementInput, Output> = {
  name: 'increment',
  access: 'write',
  // INCRBY refuses what is not an integer, and keeps the expiry. It counts to 2^63: beyond what a JavaScript number
  // holds exactly, it is taken back. (The numbers of Lua are doubles, too.)
  // A large sum comes back as text: redis-parser, which ioredis uses, reads 9007199254740991 as ...992.
  lua: `local isNew = ARGV[2] ~= 'never' and redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' and redis.pcall('GET', KEYS[1]) == '${MINUS_ZERO}' then
  redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
  sum = tonumber(ARGV[1])
end
if type(sum) == 'table' then
  for _, refusal in ipairs({ 'WRONGTYPE', 'not an integer', 'would overflow' }) do
    if string.find(sum.err, refusal, 1, true) then return false end
  end
  return sum
end
if math.abs(sum) > 9007199254740991 or math.abs(sum - ARGV[1]) > 9007199254740991 then
  redis.call('DECRBY', KEYS[1], ARGV[1])
  return false
end
if isNew then redis.call(ARGV[2] == 'for' and 'PEXPIRE' or 'PEXPIREAT', KEYS[1], ARGV[3]) end
return math.abs(sum) < 4503599627370496 and sum or string.format('%.0f', sum)`,
  args: ({ by, lifetime }) => [by, ...lifetimeArgs(lifetime)],
  reply: (raw) => optional(raw, sumOf),
  isOutput: either(isNumber, isNothing),
  embedded(transaction, [key = ''], { by, lifetime }) {
    const text = transaction.get(key);
    const sum = countOf(text) + by;
    if (!Number.isSafeInteger(sum)) return undefined;
    transaction.put(key, String(sum), text === undefined ? lifetime : 'keep');
    return sum;
  },
};

/** Large sums come as text. */
function sumOf(raw: unknown): number {
  return integer(typeof raw === 'string' ? countOf(raw) : raw);
}

/** The number of a counter with this text; 0 without a text. `NaN` if it is not a safe integer. */
export function countOf(text: string | undefined): number {
  if (text === undefined || text === MINUS_ZERO) return 0;
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
