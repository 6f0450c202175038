// Writes the value that a cache has loaded, unless the load was taken over or made void, and wakes all waiting clients.
import type { Procedure } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../entries/lua-lifetime.js';
import { parseLeases, wake } from '../locks/procedures/lease-state.js';
import { LUA_LEASES } from '../locks/procedures/lua-leases.js';
import { isFlag, isText, listOf, recordOf } from '../procedures/outputs.js';
import { flag, list, text, tuple } from '../procedures/reply.js';

interface Input {
  /** The id of the load's lease. */
  readonly id: string;
  readonly text: string;
  readonly lifetime: Lifetime;
}

interface Finished {
  readonly isKept: boolean;
  /** The ids of the waiters. */
  readonly waiters: readonly string[];
}

/**
 * KEYS: the entry; the lease of the load; the wake key of the client with this id. ARGV: the id; the text; its lifetime. Returns 1
 * and the ids of the waiters, or 0.
 */
export const finishLoad: Procedure<Input, Finished> = {
  name: 'finish-load',
  access: 'write',
  lua: `${LUA_LEASES}
${LUA_LIFETIME}
local state = parse(redis.call('GET', KEYS[2]), now())
local held = false
for _, holder in ipairs(state.holders) do held = held or holder.id == ARGV[1] end
if not held then return { 0 } end
write(KEYS[1], ARGV[2], ARGV[3], ARGV[4])
redis.call('DEL', KEYS[2])
local reply = { 1 }
for _, waiter in ipairs(state.waiters) do
  wake(KEYS[3], ARGV[1], waiter.id)
  table.insert(reply, waiter.id)
end
return reply`,
  args: ({ id, text, lifetime }) => [id, text, ...lifetimeArgs(lifetime)],
  characters: ({ text }) => text.length,
  reply(raw) {
    const [isKept, ...waiters] = tuple(raw, 1);
    return { isKept: flag(isKept), waiters: list(waiters, text) };
  },
  isOutput: recordOf({ isKept: isFlag, waiters: listOf(isText) }),
  embedded(transaction, [key = '', lease = '', wakeKey = ''], { id, text, lifetime }) {
    const { holders, waiters } = parseLeases(transaction.get(lease), transaction.now);
    if (!holders.some((holder) => holder.id === id)) return { isKept: false, waiters: [] };
    transaction.put(key, text, lifetime);
    transaction.delete(lease);
    for (const waiter of waiters) wake(transaction, wakeKey, id, waiter);
    return { isKept: true, waiters: waiters.map((waiter) => waiter.id) };
  },
};
