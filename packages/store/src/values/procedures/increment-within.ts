// Adds to a whole number, unless the sum would be out of bounds.
import type { Procedure } from '../../engine.js';
import { either, isNothing, isNumber, only } from '../../procedures/outputs.js';
import { countOf, type IncrementInput, increment, MINUS_ZERO } from './increment.js';

/** Safe integers; both are allowed sums. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const OUT_OF_BOUNDS = 'out of bounds';

/**
 * Like `increment`, but refused if the sum would be out of bounds.
 *
 * KEYS: the counter. ARGV as for `increment`; min; max. Returns as `increment`, or 'out of bounds'.
 */
export const incrementWithin: Procedure<
  IncrementInput & Bounds,
  number | undefined | typeof OUT_OF_BOUNDS
> = {
  name: 'increment-within',
  access: 'write',
  // It computes the sum first: an INCRBY that is taken back would create the key, and notify watchers. INCRBY refuses values that
  // are not counters. Numbers in Lua are doubles, which are exact here.
  lua: `local text = redis.pcall('GET', KEYS[1]) or '0'
if text == '${MINUS_ZERO}' then text = '0' end
if type(text) == 'string' and string.match(text, '^-?%d+$') then
  local sum = tonumber(text) + ARGV[1]
  local isSafe = math.abs(tonumber(text)) <= 9007199254740991 and math.abs(sum) <= 9007199254740991
  if isSafe and (sum < tonumber(ARGV[4]) or sum > tonumber(ARGV[5])) then return '${OUT_OF_BOUNDS}' end
end
${increment.lua}`,
  args: (input) => [...increment.args(input), input.min, input.max],
  reply: (raw, input) => (raw === OUT_OF_BOUNDS ? OUT_OF_BOUNDS : increment.reply(raw, input)),
  isOutput: either(isNumber, isNothing, only(OUT_OF_BOUNDS)),
  embedded(transaction, keys, input) {
    const sum = countOf(transaction.get(keys[0] ?? '')) + input.by;
    const isSafe = Number.isSafeInteger(sum);
    if (isSafe && (sum < input.min || sum > input.max)) return OUT_OF_BOUNDS;
    return increment.embedded(transaction, keys, input);
  },
};
