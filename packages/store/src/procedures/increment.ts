// Adds to a whole number.
import type { Procedure } from '../engine.js';
import type { Lifetime } from '../lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from './lua-lifetime.js';

interface Input {
  /** A safe integer. */
  readonly by: number;
  /** Of a counter that this call creates. An existing one keeps what it has. */
  readonly lifetime: Lifetime;
}

/** The new number; `undefined` where the value is not a safe integer or would not stay one. */
type Output = number | undefined;

export const increment: Procedure<Input, Output> = {
  name: 'increment',
  access: 'write',
  // Lua counts in doubles, as JavaScript does: what is safe here is safe there.
  lua: `${LUA_LIFETIME}
local current = redis.call('GET', KEYS[1])
if current and not (string.match(current, '^-?%d+$') and math.abs(tonumber(current)) <= 9007199254740991) then return false end
local sum = (current and tonumber(current) or 0) + tonumber(ARGV[1])
if math.abs(sum) > 9007199254740991 then return false end
local text = string.format('%.0f', sum)
if current then redis.call('SET', KEYS[1], text, 'KEEPTTL') else write(KEYS[1], text, ARGV[2], ARGV[3]) end
return text`,
  args: ({ by, lifetime }) => [by, ...lifetimeArgs(lifetime)],
  reply: (raw) => (raw === null ? undefined : Number(raw)),
  embedded(transaction, [key = ''], { by, lifetime }) {
    const text = transaction.get(key);
    const current = text === undefined ? 0 : wholeNumber(text);
    const sum = current + by;
    if (!Number.isSafeInteger(sum)) return undefined;
    transaction.put(key, String(sum), text === undefined ? lifetime : 'keep');
    return sum;
  },
};

/** `NaN` where the text is not a safe integer. */
function wholeNumber(text: string): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
