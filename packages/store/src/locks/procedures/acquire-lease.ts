// Acquires a lease, or a place in the queue for it.
import type { Procedure } from '../../engine.js';
import { either, isNothing, isNumber, isText, listOf, recordOf } from '../../procedures/outputs.js';
import { count, list, text, tuple } from '../../procedures/reply.js';
import {
  parseLeases,
  RETAIN_MS,
  saveLeases,
  waitersAhead,
  weightOf,
  weightOfAll,
} from './lease-state.js';
import { LUA_LEASES, LUA_NOW, LUA_TIME_IN } from './lua-leases.js';

interface Input {
  /** `<client>.<number>`, or `<client>.w<number>` for all permits. Asking again with the same id only extends the lease. */
  readonly id: string;
  readonly owner: string;
  /** How many may hold it at once. */
  readonly permits: number;
  readonly leaseMs: number;
  /** How long a place in the queue is kept if it is not renewed; 0 takes none. */
  readonly placeMs: number;
  readonly retainMs: number;
  /**
   * The lower bound of the token, from the newest token that the caller knows and from its time of day. It is capped at `RETAIN_MS`
   * from now: the last token is kept until its time, so a caller whose clock is far ahead would leave it there for long.
   */
  readonly minToken: number;
}

export type Acquired =
  | { readonly token: number }
  /**
   * `retryAfterMs`: when the state changes by itself, at the earliest. `owners`: the owners of the holders and of the waiters
   * ahead; one may be listed several times.
   */
  | {
      readonly token: undefined;
      readonly retryAfterMs: number;
      readonly owners: readonly string[];
    };

/**
 * KEYS: the lease. ARGV: id; owner; permits; leaseMs; placeMs; retainMs; minToken. Returns the token as text, or '', the milliseconds
 * until the state changes, and the owners ahead.
 */
export const acquireLease: Procedure<Input, Acquired> = {
  name: 'acquire-lease',
  access: 'write',
  // Usually nobody is there: then the state need not be parsed, which is most of the work.
  lua: `${LUA_NOW}
${LUA_TIME_IN}
local id, owner = ARGV[1], ARGV[2]
local permits, leaseMs, placeMs, retainMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local at = now()
local least = math.max(at, math.min(tonumber(ARGV[7]), at + ${RETAIN_MS}))
local text = redis.call('GET', KEYS[1])
if not text or not string.find(text, '\\n', 1, true) then
  local last = math.max(timeIn(text or nil) + 1, least)
  local token = string.format('%.0f', last)
  local line = string.format('%s\\nh %s %.0f %s %s', token, id, at + leaseMs, token, owner)
  redis.call('SET', KEYS[1], line, 'PX', string.format('%.0f', leaseMs + last - at + retainMs))
  return { token }
end
${LUA_LEASES}
local now = at
local state = parse(text, now)
for _, holder in ipairs(state.holders) do
  if holder.id == id then
    holder.ends = now + leaseMs
    save(KEYS[1], state, now, leaseMs, retainMs)
    return { holder.token }
  end
end
local place
for i, waiter in ipairs(state.waiters) do
  if waiter.id == id then place = i break end
end
local ahead = waitersAhead(state, place, now, permits)
local taken = weightOfAll(state.holders, permits)
if taken + weightOfAll(ahead, permits) + weight(id, permits) <= permits then
  if place then table.remove(state.waiters, place) end
  state.token = math.max(state.token + 1, least)
  local token = string.format('%.0f', state.token)
  table.insert(state.holders, { id = id, ends = now + leaseMs, token = token, owner = owner })
  if taken + weight(id, permits) >= permits then state.claimBy = 0 end
  save(KEYS[1], state, now, leaseMs, retainMs)
  return { token }
end
if placeMs > 0 then
  if place then state.waiters[place].ends = now + placeMs
  else table.insert(state.waiters, { id = id, ends = now + placeMs, owner = owner }) end
  save(KEYS[1], state, now, leaseMs, retainMs)
end
local reply, ends = { '', 0 }, math.huge
for _, list in ipairs({ state.holders, ahead }) do
  for _, one in ipairs(list) do
    table.insert(reply, one.owner)
    ends = math.min(ends, one.ends)
  end
end
reply[2] = ends - now
return reply`,
  args: ({ id, owner, permits, leaseMs, placeMs, retainMs, minToken }) => [
    id,
    owner,
    permits,
    leaseMs,
    placeMs,
    retainMs,
    minToken,
  ],
  reply(raw) {
    const [first, retryAfterMs, ...owners] = tuple(raw, 1);
    if (first !== '') return { token: tokenOf(text(first)) };
    return {
      token: undefined,
      retryAfterMs: count(retryAfterMs),
      owners: list(owners, text),
    };
  },
  isOutput: either(
    recordOf({ token: isNumber }),
    recordOf({ token: isNothing, retryAfterMs: isNumber, owners: listOf(isText) }),
  ),
  embedded(transaction, [key = ''], input) {
    const { id, owner, permits, leaseMs, placeMs } = input;
    const { now } = transaction;
    const state = parseLeases(transaction.get(key), now);
    const { holders, waiters } = state;
    const until = now + leaseMs;
    const mine = holders.findIndex((holder) => holder.id === id);
    const held = holders[mine];
    if (held) {
      holders[mine] = { ...held, until };
      saveLeases(transaction, key, state, input);
      return { token: held.token };
    }
    const place = waiters.findIndex((waiter) => waiter.id === id);
    const ahead = waitersAhead(state, place, now, permits);
    const taken = weightOfAll(holders, permits) + weightOf(id, permits);
    if (taken + weightOfAll(ahead, permits) <= permits) {
      if (place >= 0) waiters.splice(place, 1);
      const least = Math.min(input.minToken, now + RETAIN_MS);
      state.token = Math.max(state.token + 1, now, transaction.wall, least);
      holders.push({ id, owner, until, token: state.token });
      if (taken >= permits) state.claimBy = 0;
      saveLeases(transaction, key, state, input);
      return { token: state.token };
    }
    if (placeMs > 0) {
      const waiter = { id, owner, until: now + placeMs };
      if (place < 0) waiters.push(waiter);
      else waiters[place] = waiter;
      saveLeases(transaction, key, state, input);
    }
    const before = [...holders, ...ahead];
    return {
      token: undefined,
      retryAfterMs: Math.min(...before.map((one) => one.until)) - now,
      owners: before.map((one) => one.owner),
    };
  },
};

/** @throws Error where it is none. */
function tokenOf(digits: string): number {
  return count(Number(digits), Number.MAX_SAFE_INTEGER);
}
