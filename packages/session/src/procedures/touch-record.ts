// Moves the end of a session if that is due, and writes nothing else.
import {
  flag,
  isFlag,
  type Lifetime,
  lifetimeArgs,
  type Procedure,
} from '@muster/store/procedures';
import { isTouchDue } from '../expiry/touch-policy.js';

interface Input {
  /** Replaces as many characters of the stored text from `at` on. It begins with the end. */
  readonly stamp: string;
  readonly at: number;
  /** How many of these characters are the end: a number, or `null`. */
  readonly width: number;
  /**
   * Must follow the stamp. If it does not, a save has written the text in another way, and has moved the end itself: the
   * session exists until that end.
   */
  readonly next: string;
  readonly endsAt: number;
  readonly afterMs: number;
  /** Milliseconds since the epoch, by the clock that `endsAt` was made by. */
  readonly now: number;
  readonly lifetime: Lifetime;
}

/** Later than any time: it stands for infinity in Lua. */
const NEVER = 9e15;

/**
 * Resolves with whether the session exists.
 *
 * KEYS[1]: the session. ARGV: stamp, at, width, endsAt, afterMs, now, the lifetime (two), next. Returns 1 or 0.
 */
export const touchRecord: Procedure<Input, boolean> = {
  name: 'session-touch',
  access: 'write',
  lua: `local at = tonumber(ARGV[2])
local text = redis.pcall('GETRANGE', KEYS[1], at, at + ARGV[3] - 1)
if type(text) == 'table' or text == '' then return 0 end
local before = tonumber(text)
if not before then
  if string.sub(text, 1, 4) ~= 'null' then return 0 end
  before = ${NEVER}
end
local after, now = tonumber(ARGV[4]), tonumber(ARGV[6])
local behind = at + #ARGV[1]
if redis.call('GETRANGE', KEYS[1], behind, behind + #ARGV[9] - 1) ~= ARGV[9] then return before > now and 1 or 0 end
if before == after then return 1 end
if after > now and math.abs(after - before) <= tonumber(ARGV[5]) then return 1 end
redis.call('SETRANGE', KEYS[1], at, ARGV[1])
if ARGV[7] == 'for' then redis.call('PEXPIRE', KEYS[1], ARGV[8])
elseif ARGV[7] == 'until' then redis.call('PEXPIREAT', KEYS[1], ARGV[8])
else redis.call('PERSIST', KEYS[1]) end
return 1`,
  args: ({ stamp, at, width, next, endsAt, afterMs, now, lifetime }) => [
    stamp,
    at,
    width,
    Math.min(endsAt, NEVER),
    Math.min(afterMs, NEVER),
    now,
    ...lifetimeArgs(lifetime),
    next,
  ],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [key = ''], { stamp, at, width, next, endsAt, afterMs, now, lifetime }) {
    const text = transaction.get(key);
    if (text === undefined) return false;
    const before = endIn(text.slice(at, at + width));
    if (before === undefined) return false;
    if (!text.startsWith(next, at + stamp.length)) return before > now;
    if (!isTouchDue({ endsAt, endsAtBefore: before, now, afterMs })) return true;
    transaction.put(key, text.slice(0, at) + stamp + text.slice(at + stamp.length), lifetime);
    return true;
  },
};

function endIn(text: string): number | undefined {
  if (text.startsWith('null')) return Infinity;
  const end = Number(text);
  return text.trim() === '' || Number.isNaN(end) ? undefined : end;
}
