// The stored state of a lock, a semaphore, a leader or a load: its holders, its waiters, and its last token.
import type { Transaction } from '../../engine.js';
import { END_OF_TIME } from '../../entries/lifetime.js';
import { StoreFullError } from '../../errors.js';

interface Holder {
  readonly id: string;
  /** The owner, so that the lease can be freed when its process ends. Without whitespace. */
  readonly owner: string;
  /** The end of the lease, by the engine's clock. */
  readonly until: number;
  readonly token: number;
}

export interface Waiter {
  readonly id: string;
  readonly owner: string;
  /** Until then the waiter counts; it renews its place before. */
  readonly until: number;
}

export interface LeaseState {
  /** The last token that was issued; 0 if there was none. */
  token: number;
  holders: Holder[];
  /** In the order in which they came. */
  waiters: Waiter[];
  /** While a permit is free and calls wait: until then it is kept for the first of them. 0: nothing was released. */
  claimBy: number;
}

/**
 * Milliseconds for which the last token is kept when nobody holds a lease any more. After that tokens go on from the time, which is
 * greater by then: so no lock leaves an entry behind forever.
 */
export const RETAIN_MS = 600_000;

/** A waiter that did not renew its place in time is passed over, but keeps the place for this long: it may have been busy. */
export const PLACE_MS = 10_000;

/**
 * Milliseconds for which a free permit is kept for the next waiter: a waiter that is gone must not delay those behind it. When a
 * lease expires, all waiters know the time (`CLAIM_MS`). When it is released, the next waiter is woken, which may take longer on a
 * busy machine: as long as a lease, at most `MAX_CLAIM_MS`.
 */
export const CLAIM_MS = 50;
export const MAX_CLAIM_MS = 500;

/** Instead of an id: the line holds `claimBy`. It reads as a holder whose lease has ended. */
export const CLAIM = '-';

/** Milliseconds that a wake-up is kept. Waiters poll as well. */
export const WAKE_MS = 1_000;

/**
 * One line for the token, and one for each who holds or waits: `h <id> <until> <token> <owner>`, `w <id> <until> 0 <owner>`.
 * While there is one, `claimBy` has a line as well: `h - 0 <claimBy> -`.
 *
 * @returns the state without expired holders and waiters.
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

/** A time, or a token, which is close to one. 0 for anything else: another program wrote it. */
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
 * Writes the state for as long as it is needed. Without holders, waiters and a token to retain, it is deleted.
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

/** Called after a permit was released. */
export function setClaim(state: LeaseState, now: number, leaseMs: number): void {
  state.claimBy = now + Math.min(Math.max(leaseMs, CLAIM_MS), MAX_CLAIM_MS);
}

/**
 * How many permits the holder or waiter with this id takes: `<client>.w<number>`, such as a writer among readers, takes all, others
 * take one.
 */
export function weightOf(id: string, permits: number): number {
  return takesAll(id) ? permits : 1;
}

export function takesAll(id: string): boolean {
  return id.startsWith('w', id.lastIndexOf('.') + 1);
}

/** How many permits they take together. */
export function weightOfAll(those: readonly { readonly id: string }[], permits: number): number {
  return those.reduce((sum, { id }) => sum + weightOf(id, permits), 0);
}

/**
 * The waiters ahead of the one at `place` that count: they have renewed their places, and have not missed their time to claim one of
 * the free permits, which they get one after the other. A waiter that missed it does not count until it renews its place.
 *
 * @param place -1 for the end.
 * @returns the waiters; `until` is when each stops counting.
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
    // A waiter that needs more than is free cannot claim it, and those behind it wait for it.
    isBlocked ||= weight > free;
    const claimBy = state.claimBy + Math.floor(position / free) * CLAIM_MS;
    position += weight;
    const until = !isBlocked && state.claimBy > 0 ? Math.min(waiter.until, claimBy) : waiter.until;
    if (until > now) ahead.push({ ...waiter, until });
    else state.waiters[index] = { ...waiter, until: now };
  }
  return ahead;
}

/** The waiters that may get the free permits now, in turn. */
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
 * @param own the wake key of the client with this id. An id is `<client>.<number>` or `<client>.w<number>`.
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
