// Writes many entries in one step.
import type { Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../../entries/lua-lifetime.js';
import { done } from '../../procedures/reply.js';

/** Texts and lifetimes, in the order of the keys. */
interface Input {
  readonly texts: readonly string[];
  readonly lifetimes: readonly Lifetime[];
}

/**
 * KEYS: the entries. ARGV: their common lifetime, and then the texts; or 'each', and then a text and its lifetime for each entry.
 * Returns 1.
 */
export const setMany: Procedure<Input, void> = {
  name: 'set-many',
  access: 'write',
  // Usually all have the same lifetime, which is then sent once.
  lua: `${LUA_LIFETIME}
if ARGV[1] == 'each' then
  for i, key in ipairs(KEYS) do write(key, ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]) end
else
  for i, key in ipairs(KEYS) do write(key, ARGV[i + 2], ARGV[1], ARGV[2]) end
end
return 1`,
  args({ texts, lifetimes }) {
    const [first] = lifetimes;
    if (first !== undefined && lifetimes.every((lifetime) => lifetime === first)) {
      return [...lifetimeArgs(first), ...texts];
    }
    const each = texts.map((text, i) => [text, ...lifetimeArgs(lifetimes[i] ?? 'never')]);
    return ['each', ...each.flat()];
  },
  reply: done,
  embedded(transaction, keys, { texts, lifetimes }) {
    for (const [position, key] of keys.entries()) {
      transaction.put(key, texts[position] ?? '', lifetimes[position] ?? 'never');
    }
  },
};
