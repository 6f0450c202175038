// Takes a lease, or a place in the queue for one.
import type { Procedure } from '../engine.js';
import { LUA_LEASES, LUA_NOW, parseLeases, saveLeases } from './lease-state.js';

interface Input {
  /** `<client>.<number>`: whoever asks again with it changes nothing but the end of its lease. */
  readonly id: string;
  readonly owner: string;
  /** How many hold it at once. */
  readonly permits: number;
  readonly leaseMs: number;
  /** For how long a place in the queue is kept without a word; 0 takes none. */
  readonly placeMs: number;
  readonly retainMs: number;
}

export type Acquired =
  | { readonly token: number }
  /**
   * `retryAfterMs`: when it changes by itself, at the earliest. `owners`: who is before this one, holding or waiting;
   * an owner may be there several times.
   */
  | {
      readonly token: undefined;
      readonly retryAfterMs: number;
      readonly owners: readonly string[];
    };

export const acquireLease: Procedure<Input, Acquired> = {
  name: 'acquire-lease',
  access: 'write',
  // Most often nobody is there: then there is nothing to take apart, which is most of the work.
  lua: `${LUA_NOW}
local id, owner = ARGV[1], ARGV[2]
local permits, leaseMs, placeMs, retainMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local at = now()
local text = redis.call('GET', KEYS[1])
if not text or not string.find(text, '\\n', 1, true) then
  local last = math.max((tonumber(text) or 0) + 1, at)
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
local owners, ends, place, ahead = {}, math.huge, nil, 0
for _, holder in ipairs(state.holders) do
  table.insert(owners, holder.owner)
  ends = math.min(ends, holder.ends)
end
for i, waiter in ipairs(state.waiters) do
  if waiter.id == id then place = i break end
  if waiter.ends > now then
    ahead = ahead + 1
    table.insert(owners, waiter.owner)
    ends = math.min(ends, waiter.ends)
  end
end
if #state.holders + ahead < permits then
  if place then table.remove(state.waiters, place) end
  state.token = math.max(state.token + 1, now)
  local token = string.format('%.0f', state.token)
  table.insert(state.holders, { id = id, ends = now + leaseMs, token = token, owner = owner })
  save(KEYS[1], state, now, leaseMs, retainMs)
  return { token }
end
if placeMs > 0 then
  if place then state.waiters[place].ends = now + placeMs
  else table.insert(state.waiters, { id = id, ends = now + placeMs, owner = owner }) end
  save(KEYS[1], state, now, leaseMs, retainMs)
end
local reply = { '', ends - now }
for _, one in ipairs(owners) do table.insert(reply, one) end
return reply`,
  args: ({ id, owner, permits, leaseMs, placeMs, retainMs }) => [
    id,
    owner,
    permits,
    leaseMs,
    placeMs,
    retainMs,
  ],
  reply(raw) {
    const [token, retryAfterMs, ...owners] = raw as [string, number, ...string[]];
    return token === '' ? { token: undefined, retryAfterMs, owners } : { token: Number(token) };
  },
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
    const ahead = (place < 0 ? waiters : waiters.slice(0, place)).filter(
      (waiter) => waiter.until > now,
    );
    if (holders.length + ahead.length < permits) {
      if (place >= 0) waiters.splice(place, 1);
      state.token = Math.max(state.token + 1, now);
      holders.push({ id, owner, until, token: state.token });
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
