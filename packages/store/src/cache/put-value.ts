// Writes a value of a cache without a load: a load that is under way becomes void, and all waiting clients are woken.
import type { Procedure } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../entries/lua-lifetime.js';
import { parseLeases, wake } from '../locks/procedures/lease-state.js';
import { LUA_LEASES } from '../locks/procedures/lua-leases.js';
import { isText, listOf } from '../procedures/outputs.js';
import { list, text } from '../procedures/reply.js';

interface Input {
  /** `<client>.<number>` of the caller. */
  readonly id: string;
  /** `undefined` removes the cached value. */
  readonly entry: { readonly text: string; readonly lifetime: Lifetime } | undefined;
}

/** KEYS as for `finishLoad`. ARGV: the id; the text, empty to remove; its lifetime. Returns the ids of the waiters. */
export const putValue: Procedure<Input, readonly string[]> = {
  name: 'put-value',
  access: 'write',
  lua: `${LUA_LEASES}
${LUA_LIFETIME}
local state = parse(redis.call('GET', KEYS[2]), now())
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else write(KEYS[1], ARGV[2], ARGV[3], ARGV[4]) end
redis.call('DEL', KEYS[2])
local reply = {}
for _, waiter in ipairs(state.waiters) do
  wake(KEYS[3], ARGV[1], waiter.id)
  table.insert(reply, waiter.id)
end
return reply`,
  args: ({ id, entry }) => [id, entry?.text ?? '', ...lifetimeArgs(entry?.lifetime ?? 'never')],
  characters: ({ entry }) => entry?.text.length ?? 0,
  reply: (raw) => list(raw, text),
  isOutput: listOf(isText),
  embedded(transaction, [key = '', lease = '', wakeKey = ''], { id, entry }) {
    const { waiters } = parseLeases(transaction.get(lease), transaction.now);
    if (entry) transaction.put(key, entry.text, entry.lifetime);
    else transaction.delete(key);
    transaction.delete(lease);
    for (const waiter of waiters) wake(transaction, wakeKey, id, waiter);
    return waiters.map((waiter) => waiter.id);
  },
};
