// Replaces the texts of several keys, only where all of them are still what the caller saw.
import type { Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../../entries/lua-lifetime.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';

interface Replacement {
  /** `undefined`: there must be no such key. */
  readonly expected: string | undefined;
  /** `undefined` deletes the key. */
  readonly next: string | undefined;
  readonly lifetime: Lifetime;
}

/** An absent text is sent as the empty one, which no value encodes to. */
const ABSENT = '';

/**
 * Returns whether all texts were the expected ones; if not, nothing was changed. An entry that stays as it is is not written.
 *
 * KEYS: the entries. ARGV, for each: the expected text; the new one, empty to delete; its lifetime. Returns 1 or 0.
 */
export const compareAndSetMany: Procedure<readonly Replacement[], boolean> = {
  name: 'compare-and-set-many',
  access: 'write',
  lua: `${LUA_LIFETIME}
for i, key in ipairs(KEYS) do
  if (redis.call('GET', key) or '') ~= ARGV[4 * i - 3] then return 0 end
end
for i, key in ipairs(KEYS) do
  local before, after, kind = ARGV[4 * i - 3], ARGV[4 * i - 2], ARGV[4 * i - 1]
  if after == '' then
    if before ~= '' then redis.call('DEL', key) end
  elseif after ~= before or kind ~= 'keep' then write(key, after, kind, ARGV[4 * i]) end
end
return 1`,
  args: (replacements) =>
    replacements.flatMap(({ expected = ABSENT, next = ABSENT, lifetime }) => [
      expected,
      next,
      ...lifetimeArgs(lifetime),
    ]),
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, keys, replacements) {
    const isExpected = ({ expected }: Replacement, position: number): boolean =>
      transaction.get(keys[position] ?? '') === expected;
    if (!replacements.every(isExpected)) return false;
    for (const [position, { expected, next, lifetime }] of replacements.entries()) {
      const key = keys[position] ?? '';
      if (next === undefined) {
        if (expected !== undefined) transaction.delete(key);
      } else if (next !== expected || lifetime !== 'keep') transaction.put(key, next, lifetime);
    }
    return true;
  },
};
