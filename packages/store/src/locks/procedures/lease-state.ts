// What is stored of a lock, a semaphore, a leader or a load: who holds it, who waits for it, and its last token.
import type { Transaction } from '../../engine.js';
import { END_OF_TIME } from '../../entries/lifetime.js';
import { StoreFullError } from '../../errors.js';

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
export const PLACE_MS = 10_000;

/**
 * Milliseconds for which what has become free is kept for the next one: one that is gone must not hold up those behind it. Where
 * a lease has ended, everybody knew when it would. Where it was given back, the next one is woken, which may take longer on a
 * machine that is busy: as long as a lease, within these bounds.
 */
export const CLAIM_MS = 50;
export const MAX_CLAIM_MS = 500;

/** In the place of an id: what the line says is `claimBy`. As a holder whose lease has ended it is nobody. */
export const CLAIM = '-';

/** Milliseconds that a wake-up is kept. Whoever waits for it looks now and then by itself, too. */
export const WAKE_MS = 1_000;

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
    const until = timeIn(ends);
    if (kind === 'h') {
      const its = timeIn(token);
      if (until > now && its > 0) state.holders.push({ id, owner, until, token: its });
      else {
        const claimBy = id === CLAIM ? its : Math.min(until, now) + CLAIM_MS;
        state.claimBy = Math.max(state.claimBy, claimBy);
      }
    } else if (kind === 'w') {
      if (until + PLACE_MS > now) state.waiters.push({ id, owner, until });
    } else state.token = timeIn(kind);
  }
  return state;
}

/** A time, or a token, which is about one. 0 for what is neither: something else wrote it. */
function timeIn(text: string): number {
  const time = Number(text);
  return Number.isInteger(time) && time > 0 && time <= END_OF_TIME ? time : 0;
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
