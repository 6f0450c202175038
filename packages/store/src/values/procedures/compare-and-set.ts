// Replaces a text by another, only where it is still what the caller saw.
import type { Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../../entries/lua-lifetime.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';

interface Input {
  /** `undefined`: there must be no such key. */
  readonly expected: string | undefined;
  /** `undefined` deletes the key. */
  readonly next: string | undefined;
  readonly lifetime: Lifetime;
}

/** An absent text is sent as the empty one, which no value encodes to. */
const ABSENT = '';

/**
 * Returns whether the text was the expected one; if not, nothing was changed.
 *
 * KEYS: the entry. ARGV: the expected text; the new one, empty to delete; its lifetime. Returns 1 or 0.
 */
export const compareAndSet: Procedure<Input, boolean> = {
  name: 'compare-and-set',
  access: 'write',
  lua: `${LUA_LIFETIME}
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else write(KEYS[1], ARGV[2], ARGV[3], ARGV[4]) end
return 1`,
  args: ({ expected = ABSENT, next = ABSENT, lifetime }) => [
    expected,
    next,
    ...lifetimeArgs(lifetime),
  ],
  characters: ({ expected = ABSENT, next = ABSENT }) => expected.length + next.length,
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [key = ''], { expected, next, lifetime }) {
    if (transaction.get(key) !== expected) return false;
    if (next === undefined) transaction.delete(key);
    else transaction.put(key, next, lifetime);
    return true;
  },
};
