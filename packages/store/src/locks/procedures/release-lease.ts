// Releases a lease, or a place in the queue for one, and wakes the next waiters.
import type { Procedure } from '../../engine.js';
import { isFlag, isText, listOf, recordOf } from '../../procedures/outputs.js';
import { flag, list, text, tuple } from '../../procedures/reply.js';
import { nextWaiters, parseLeases, saveLeases, setClaim, wake } from './lease-state.js';
import { LUA_LEASES, LUA_NOW, LUA_RETAIN } from './lua-leases.js';

interface Input {
  readonly id: string;
  readonly permits: number;
  readonly leaseMs: number;
  readonly retainMs: number;
}

interface Released {
  /** Whether it was still held. */
  readonly held: boolean;
  /** The ids of the waiters that may get it now. */
  readonly next: readonly string[];
}

/**
 * KEYS: the lease; the wake key of the client with this id. ARGV: the id; permits; leaseMs; retainMs. Returns 1 if it was held, else 0,
 * and the ids of the next waiters.
 */
export const releaseLease: Procedure<Input, Released> = {
  name: 'release-lease',
  access: 'write',
  // Usually nobody else is there: then the state need not be parsed, which is most of the work.
  lua: `${LUA_NOW}
${LUA_RETAIN}
local at = now()
local text = redis.call('GET', KEYS[1])
local last, id, ends = string.match(text or '', '^(%d+)\\nh (%S+) (%d+) %d+ %S+$')
if id == ARGV[1] and tonumber(ends) > at and tonumber(ARGV[4]) > 0 then
  local ms = tonumber(ARGV[3]) + math.max(tonumber(last) - at, 0) + ARGV[4]
  retain(KEYS[1], last, ms)
  return { 1 }
end
${LUA_LEASES}
local now = at
local state = parse(text, now)
local held, found = 0, false
for i, holder in ipairs(state.holders) do
  if holder.id == ARGV[1] then
    held, found = 1, true
    table.remove(state.holders, i)
    setClaim(state, now, tonumber(ARGV[3]))
    break
  end
end
for i, waiter in ipairs(state.waiters) do
  if waiter.id == ARGV[1] then
    found = true
    table.remove(state.waiters, i)
    break
  end
end
if not found then return { 0 } end
save(KEYS[1], state, now, tonumber(ARGV[3]), tonumber(ARGV[4]))
local reply = { held }
for _, waiter in ipairs(next(state, now, tonumber(ARGV[2]))) do
  wake(KEYS[2], ARGV[1], waiter)
  table.insert(reply, waiter)
end
return reply`,
  args: ({ id, permits, leaseMs, retainMs }) => [id, permits, leaseMs, retainMs],
  reply(raw) {
    const [held, ...next] = tuple(raw, 1);
    return { held: flag(held), next: list(next, text) };
  },
  isOutput: recordOf({ held: isFlag, next: listOf(isText) }),
  embedded(transaction, [key = '', wakeKey = ''], input) {
    const { now } = transaction;
    const state = parseLeases(transaction.get(key), now);
    const holders = state.holders.filter(({ id }) => id !== input.id);
    const waiters = state.waiters.filter(({ id }) => id !== input.id);
    const held = holders.length < state.holders.length;
    if (!held && waiters.length === state.waiters.length) return { held, next: [] };
    const left = { ...state, holders, waiters };
    if (held) setClaim(left, now, input.leaseMs);
    saveLeases(transaction, key, left, input);
    const next = nextWaiters(left, now, input.permits);
    for (const waiter of next) wake(transaction, wakeKey, input.id, waiter);
    return { held, next: next.map(({ id }) => id) };
  },
};
