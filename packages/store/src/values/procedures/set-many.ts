// Writes many entries at once.
import type { Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../../entries/lua-lifetime.js';
import { done } from '../../procedures/reply.js';

/** Both in the order of the keys. */
interface Input {
  readonly texts: readonly string[];
  readonly lifetimes: readonly Lifetime[];
}

export const setMany: Procedure<Input, void> = {
  name: 'set-many',
  access: 'write',
  // Most often they end together: then that is said once.
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
