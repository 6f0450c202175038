// Writes many entries at once.
import type { Procedure } from '../engine.js';
import type { Lifetime } from '../lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from './lua-lifetime.js';

interface Input {
  /** In the order of the keys. */
  readonly texts: readonly string[];
  readonly lifetime: Lifetime;
}

export const setMany: Procedure<Input, void> = {
  name: 'set-many',
  access: 'write',
  lua: `${LUA_LIFETIME}
for i, key in ipairs(KEYS) do write(key, ARGV[i + 2], ARGV[1], ARGV[2]) end`,
  args: ({ texts, lifetime }) => [...lifetimeArgs(lifetime), ...texts],
  reply: () => undefined,
  embedded(transaction, keys, { texts, lifetime }) {
    for (const [position, key] of keys.entries()) {
      transaction.put(key, texts[position] ?? '', lifetime);
    }
  },
};
