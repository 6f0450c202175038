// What is stored of a lock, a semaphore, a leader or a load: who holds it, who waits for it, and its last token.
import type { Transaction } from '../engine.js';
import { StoreFullError } from '../errors.js';

interface Holder {
  readonly id: string;
  /** Whose it is, so that it can be freed when that process ends. Without whitespace. */
  readonly owner: string;
  /** The end of the lease, by the engine's clock. */
  readonly until: number;
  readonly token: number;
}

export interface Waiter {
  readonly id: string;
  readonly owner: string;
  /** Until then it counts; it says so again before. */
  readonly until: number;
}

export interface LeaseState {
  /** The last token that was given out; 0 where there was none. */
  token: number;
  holders: Holder[];
  /** In the order in which they came. */
  waiters: Waiter[];
  /** While something is free and somebody waits: until then the first of them may come. 0: nothing was given back. */
  claimBy: number;
}

/**
 * Milliseconds for which the last token is kept when nobody holds a lease any more. Afterwards tokens go on from the time,
 * which is further: so no lock leaves anything behind for good.
 */
export const RETAIN_MS = 600_000;

/** A waiter that did not speak up in time is passed over, and keeps its place for this long: it may have been busy. */
const PLACE_MS = 10_000;

/**
 * Milliseconds for which what has become free is kept for the next one: one that is gone must not hold up those behind it. Where
 * a lease has ended, everybody knew when it would. Where it was given back, the next one is woken, which may take longer on a
 * machine that is busy: as long as a lease, within these bounds.
 */
const CLAIM_MS = 50;
const MAX_CLAIM_MS = 500;

/** In the place of an id: what the line says is `claimBy`. As a holder whose lease has ended it is nobody. */
const CLAIM = '-';

/** Milliseconds that a wake-up is kept. Whoever waits for it looks now and then by itself, too. */
const WAKE_MS = 1_000;

/**
 * One line for the token, and one for each who holds or waits: `h <id> <until> <token> <owner>`, `w <id> <until> 0 <owner>`.
 * While there is one, `claimBy` has a line as well: `h - 0 <claimBy> -`.
 *
 * @returns it without those whose time is over.
 */
export function parseLeases(text: string | undefined, now: number): LeaseState {
  const state: LeaseState = { token: 0, holders: [], waiters: [], claimBy: 0 };
  if (text === undefined) return state;
  for (const line of text.split('\n')) {
    const [kind = '', id = '', ends = '', token = '', owner = ''] = line.split(' ');
    const until = Number(ends);
    if (kind === 'h') {
      if (until > now) state.holders.push({ id, owner, until, token: Number(token) });
      else state.claimBy = Math.max(state.claimBy, id === CLAIM ? Number(token) : until + CLAIM_MS);
    } else if (kind === 'w') {
      if (until + PLACE_MS > now) state.waiters.push({ id, owner, until });
    } else state.token = Number(kind) || 0;
  }
  return state;
}

function formatLeases({ token, holders, waiters, claimBy }: LeaseState): string {
  let text = String(token);
  if (claimBy > 0 && waiters.length > 0) text += `\nh ${CLAIM} 0 ${claimBy} ${CLAIM}`;
  for (const { id, until, token: its, owner } of holders)
    text += `\nh ${id} ${until} ${its} ${owner}`;
  for (const { id, until, owner } of waiters) text += `\nw ${id} ${until} 0 ${owner}`;
  return text;
}

/**
 * Writes the state, for as long as it is needed. With nobody in it and nothing to retain, it is gone.
 *
 * @param leaseMs of whoever changed it. Kept that much longer in any case: so the end of a state moves one way only, which
 *   spares the embedded engine most of its index.
 */
export function saveLeases(
  transaction: Transaction,
  key: string,
  state: LeaseState,
  { leaseMs, retainMs }: { readonly leaseMs: number; readonly retainMs: number },
): void {
  if (state.holders.length + state.waiters.length === 0 && retainMs === 0) {
    transaction.delete(key);
    return;
  }
  const { now } = transaction;
  const last = Math.max(
    leaseMs,
    ...[...state.holders, ...state.waiters].map((one) => one.until - now),
  );
  const forMs = last + Math.max(state.token - now, 0) + retainMs;
  try {
    transaction.put(key, formatLeases(state), { forMs });
  } catch (error) {
    // A full store must not keep a lock from being given back. Without its state, tokens go on from the time.
    const isEmpty = state.holders.length + state.waiters.length === 0;
    if (!(isEmpty && error instanceof StoreFullError)) throw error;
    transaction.delete(key);
  }
}

/** To be called where one of the permits was given back. */
export function setClaim(state: LeaseState, now: number, leaseMs: number): void {
  state.claimBy = now + Math.min(Math.max(leaseMs, CLAIM_MS), MAX_CLAIM_MS);
}

/**
 * How many permits the one with this id takes: those of `<client>.w<number>` take all, as a writer does among readers, and
 * others one.
 */
export function weightOf(id: string, permits: number): number {
  return id.startsWith('w', id.lastIndexOf('.') + 1) ? permits : 1;
}

/** How many permits those take together. */
export function weightOfAll(those: readonly { readonly id: string }[], permits: number): number {
  return those.reduce((sum, { id }) => sum + weightOf(id, permits), 0);
}

/**
 * The waiters before the one at `place` that count: those who speak up, and have not let pass their time to claim one of the
 * free permits. They have it one after the other. Whoever let it pass is not asked again before it speaks up.
 *
 * @param place -1 for the end.
 * @returns them, `until` when they do not count any more.
 */
export function waitersAhead(
  state: LeaseState,
  place: number,
  now: number,
  permits: number,
): Waiter[] {
  const free = permits - weightOfAll(state.holders, permits);
  const ahead: Waiter[] = [];
  let position = 0;
  let isBlocked = free <= 0;
  for (const [index, waiter] of state.waiters.entries()) {
    if (index === place) break;
    if (waiter.until <= now) continue;
    const weight = weightOf(waiter.id, permits);
    // One for whom not enough is free cannot claim it, and those behind it wait for that one.
    isBlocked ||= weight > free;
    const claimBy = state.claimBy + Math.floor(position / free) * CLAIM_MS;
    position += weight;
    const until = !isBlocked && state.claimBy > 0 ? Math.min(waiter.until, claimBy) : waiter.until;
    if (until > now) ahead.push({ ...waiter, until });
    else state.waiters[index] = { ...waiter, until: now };
  }
  return ahead;
}

/** Those who may have one of the free permits: waiters who speak up, in turn. */
export function nextWaiters(
  { holders, waiters }: LeaseState,
  now: number,
  permits: number,
): Waiter[] {
  let free = permits - weightOfAll(holders, permits);
  const next: Waiter[] = [];
  for (const waiter of waiters) {
    if (waiter.until <= now) continue;
    free -= weightOf(waiter.id, permits);
    if (free < 0) break;
    next.push(waiter);
  }
  return next;
}

/**
 * Wakes the client of a waiter, by a change of its own key for the lease.
 *
 * @param own the key by which the client with this id is woken. An id is `<client>.<number>` or `<client>.w<number>`.
 */
export function wake(transaction: Transaction, own: string, id: string, waiter: Waiter): void {
  const [self, other] = [clientOf(id), clientOf(waiter.id)];
  if (other === self) return;
  transaction.put(
    own.replace(self, () => other),
    waiter.id,
    { forMs: WAKE_MS },
  );
}

function clientOf(id: string): string {
  return id.slice(0, id.lastIndexOf('.'));
}

/** Milliseconds since the epoch, as `now()` in Lua. */
export const LUA_NOW = `local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end`;

/** Keeps the last token, where there is room for it: a full store must not keep a lock from being given back. */
export const LUA_RETAIN = `local function retain(key, token, ms)
  local reply = redis.pcall('SET', key, token, 'PX', string.format('%.0f', ms))
  if reply.err then redis.call('DEL', key) end
end`;

/**
 * The same in Lua: `now()`, `parse(text, now)`, `save(key, state, now, leaseMs, retainMs)`, `setClaim(state, now, leaseMs)`,
 * `weight(id, permits)`, `weightOfAll(list, permits)`, `waitersAhead(state, place, now, permits)`, `next(state, now, permits)`,
 * and `wake(own, id, waiter)`.
 */
export const LUA_LEASES = `${LUA_NOW}
${LUA_RETAIN}
local function parse(text, now)
  local state = { token = 0, holders = {}, waiters = {}, claimBy = 0 }
  for line in string.gmatch(text or '', '[^\\n]+') do
    local kind, id, ends, token, owner = string.match(line, '^(%a) (%S+) (%d+) (%d+) (%S+)$')
    if kind == 'h' then
      if tonumber(ends) > now then
        table.insert(state.holders, { id = id, ends = tonumber(ends), token = token, owner = owner })
      else
        state.claimBy = math.max(state.claimBy, id == '${CLAIM}' and tonumber(token) or ends + ${CLAIM_MS})
      end
    elseif kind == 'w' then
      if tonumber(ends) + ${PLACE_MS} > now then
        table.insert(state.waiters, { id = id, ends = tonumber(ends), owner = owner })
      end
    else state.token = tonumber(line) or 0 end
  end
  return state
end
local function save(key, state, now, leaseMs, retainMs)
  if #state.holders + #state.waiters == 0 and retainMs == 0 then
    redis.call('DEL', key)
    return
  end
  local lines = { string.format('%.0f', state.token) }
  if state.claimBy > 0 and #state.waiters > 0 then
    table.insert(lines, string.format('h ${CLAIM} 0 %.0f ${CLAIM}', state.claimBy))
  end
  for _, one in ipairs(state.holders) do
    table.insert(lines, string.format('h %s %.0f %s %s', one.id, one.ends, one.token, one.owner))
  end
  for _, one in ipairs(state.waiters) do
    table.insert(lines, string.format('w %s %.0f 0 %s', one.id, one.ends, one.owner))
  end
  local ms = leaseMs
  for _, one in ipairs(state.holders) do ms = math.max(ms, one.ends - now) end
  for _, one in ipairs(state.waiters) do ms = math.max(ms, one.ends - now) end
  ms = ms + math.max(state.token - now, 0) + retainMs
  if #lines > 1 then redis.call('SET', key, table.concat(lines, '\\n'), 'PX', string.format('%.0f', ms))
  else retain(key, lines[1], ms) end
end
local function setClaim(state, now, leaseMs)
  state.claimBy = now + math.min(math.max(leaseMs, ${CLAIM_MS}), ${MAX_CLAIM_MS})
end
local function weight(id, permits) return string.find(id, '%.w%d+$') and permits or 1 end
local function weightOfAll(list, permits)
  local sum = 0
  for _, one in ipairs(list) do sum = sum + weight(one.id, permits) end
  return sum
end
local function waitersAhead(state, place, now, permits)
  local free, position, ahead = permits - weightOfAll(state.holders, permits), 0, {}
  local isBlocked = free <= 0
  for i, waiter in ipairs(state.waiters) do
    if i == place then break end
    if waiter.ends > now then
      local ends, its = waiter.ends, weight(waiter.id, permits)
      isBlocked = isBlocked or its > free
      if not isBlocked and state.claimBy > 0 then
        ends = math.min(ends, state.claimBy + math.floor(position / free) * ${CLAIM_MS})
      end
      position = position + its
      if ends > now then table.insert(ahead, { id = waiter.id, owner = waiter.owner, ends = ends })
      else waiter.ends = now end
    end
  end
  return ahead
end
local function next(state, now, permits)
  local free, found = permits - weightOfAll(state.holders, permits), {}
  for _, waiter in ipairs(state.waiters) do
    if waiter.ends > now then
      free = free - weight(waiter.id, permits)
      if free < 0 then break end
      table.insert(found, waiter.id)
    end
  end
  return found
end
local function client(id) return string.match(id, '^(.*)%.[^.]*$') end
local function wake(own, id, waiter)
  local from, to = string.find(own, client(id), 1, true)
  local other = client(waiter)
  if other == client(id) then return end
  redis.call('SET', string.sub(own, 1, from - 1) .. other .. string.sub(own, to + 1), waiter, 'PX', ${WAKE_MS})
end`;
