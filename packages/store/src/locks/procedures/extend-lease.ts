// Moves the end of a lease that is still held.
import type { Procedure } from '../../engine.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';
import { parseLeases, saveLeases } from './lease-state.js';
import { LUA_LEASES } from './lua-leases.js';

interface Input {
  readonly id: string;
  readonly leaseMs: number;
  readonly retainMs: number;
}

/**
 * Returns whether it was still held. A lease that has ended is not revived, even if nobody has taken it.
 *
 * KEYS: the lease. ARGV: the id; leaseMs; retainMs. Returns 1 or 0.
 */
export const extendLease: Procedure<Input, boolean> = {
  name: 'extend-lease',
  access: 'write',
  lua: `${LUA_LEASES}
local now = now()
local state = parse(redis.call('GET', KEYS[1]), now)
for _, holder in ipairs(state.holders) do
  if holder.id == ARGV[1] then
    holder.ends = now + ARGV[2]
    save(KEYS[1], state, now, tonumber(ARGV[2]), tonumber(ARGV[3]))
    return 1
  end
end
return 0`,
  args: ({ id, leaseMs, retainMs }) => [id, leaseMs, retainMs],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [key = ''], input) {
    const { now } = transaction;
    const state = parseLeases(transaction.get(key), now);
    const mine = state.holders.findIndex(({ id }) => id === input.id);
    const held = state.holders[mine];
    if (!held) return false;
    state.holders[mine] = { ...held, until: now + input.leaseMs };
    saveLeases(transaction, key, state, input);
    return true;
  },
};
