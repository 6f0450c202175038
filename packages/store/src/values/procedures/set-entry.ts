// Writes one entry if its condition allows it.
import type { Condition, Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs, lifetimeOptions } from '../../entries/lua-lifetime.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';

interface Input {
  readonly text: string;
  readonly lifetime: Lifetime;
  readonly condition: Condition;
}

const CONDITION_OPTIONS = { always: [], absent: ['NX'], present: ['XX'] } as const;

/** Returns whether the condition allowed the write. KEYS: the entry. ARGV: the text; the condition; the lifetime. Returns 1 or 0. */
export const setEntry: Procedure<Input, boolean> = {
  name: 'set',
  access: 'write',
  lua: `${LUA_LIFETIME}
if ARGV[2] ~= 'always' and redis.call('EXISTS', KEYS[1]) ~= (ARGV[2] == 'present' and 1 or 0) then return 0 end
write(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
return 1`,
  args: ({ text, lifetime, condition }) => [text, condition, ...lifetimeArgs(lifetime)],
  command: (key, { text, lifetime, condition }) => [
    'SET',
    key,
    text,
    ...lifetimeOptions(lifetime),
    ...CONDITION_OPTIONS[condition],
  ],
  reply(raw, { condition }) {
    if (raw === 'OK') return true;
    // A refused command with a condition returns nil.
    return raw === null && condition !== 'always' ? false : flag(raw);
  },
  isOutput: isFlag,
  embedded(transaction, [key = ''], { text, lifetime, condition }) {
    if (condition !== 'always' && transaction.has(key) !== (condition === 'present')) return false;
    transaction.put(key, text, lifetime);
    return true;
  },
};
