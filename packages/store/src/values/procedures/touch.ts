// Moves the expiry of an entry and leaves its text as it is.
import type { Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { lifetimeArgs } from '../../entries/lua-lifetime.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';

/** Returns whether the entry existed. KEYS: the entry. ARGV: the lifetime. Returns 1 or 0. */
export const touch: Procedure<Lifetime, boolean> = {
  name: 'touch',
  access: 'write',
  lua: `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[1] == 'for' then redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif ARGV[1] == 'until' then redis.call('PEXPIREAT', KEYS[1], ARGV[2])
elseif ARGV[1] == 'never' then redis.call('PERSIST', KEYS[1]) end
return 1`,
  args: (lifetime) => lifetimeArgs(lifetime),
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [key = ''], lifetime) {
    const text = transaction.get(key);
    if (text === undefined) return false;
    transaction.put(key, text, lifetime);
    return true;
  },
};
