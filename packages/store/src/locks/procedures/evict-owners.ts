// Removes the leases and places of owners whose processes have ended.
import type { Procedure } from '../../engine.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';
import { parseLeases, RETAIN_MS, saveLeases, setClaim } from './lease-state.js';
import { LUA_LEASES } from './lua-leases.js';

/** The input is the owners. KEYS: the lease. ARGV: the owners. Returns 1 if any of them had a lease or a place, else 0. */
export const evictOwners: Procedure<readonly string[], boolean> = {
  name: 'evict-owners',
  access: 'write',
  lua: `${LUA_LEASES}
local now = now()
local state = parse(redis.call('GET', KEYS[1]), now)
local gone, evicted = {}, 0
for _, owner in ipairs(ARGV) do gone[owner] = true end
for _, list in ipairs({ state.holders, state.waiters }) do
  for i = #list, 1, -1 do
    if gone[list[i].owner] then
      table.remove(list, i)
      evicted = 1
    end
  end
end
if evicted == 1 then
  setClaim(state, now, math.huge)
  save(KEYS[1], state, now, 0, ${RETAIN_MS})
end
return evicted`,
  args: (owners) => [...owners],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [key = ''], owners) {
    const state = parseLeases(transaction.get(key), transaction.now);
    const holders = state.holders.filter(({ owner }) => !owners.includes(owner));
    const waiters = state.waiters.filter(({ owner }) => !owners.includes(owner));
    const isSame =
      holders.length === state.holders.length && waiters.length === state.waiters.length;
    if (isSame) return false;
    const left = { ...state, holders, waiters };
    setClaim(left, transaction.now, Infinity);
    saveLeases(transaction, key, left, { leaseMs: 0, retainMs: RETAIN_MS });
    return true;
  },
};
