// What locks and rate limits hold at this moment, for those who look at a running cluster.
import type { Engine } from '../engine.js';
import { unwritten } from '../entries/keyspace.js';
import { END_OF_TIME } from '../entries/lifetime.js';
import { parseLimit } from '../limits/limit-state.js';
import { leaseNameIn } from '../locks/leases/options.js';
import { parseLeases, takesAll } from '../locks/procedures/lease-state.js';
import { type Look, type LookLimits, lookAtOwn, type OwnEntry } from './own-entries.js';

const LEASES = ['lock', 'semaphore', 'leader', 'read-write-lock'] as const;
/** Waiters that are listed of one lock. */
const MOST_WAITERS = 20;

/** A process that holds a lock, or waits for it. */
export interface LeaseParty {
  /** The owner of its leases (`OWNER_ENV`). */
  readonly owner: string;
  /** Milliseconds until the end of the lease, or of the place in the queue: both are extended long before. */
  readonly leftMs: number;
  /** Whether it takes all permits: a writer. */
  readonly takesAll: boolean;
}

export interface LeaseHolder extends LeaseParty {
  readonly token: number;
  /** Milliseconds since it got the lock, by its token. */
  readonly heldMs: number;
}

export interface LeaseLook {
  readonly kind: (typeof LEASES)[number];
  readonly name: string;
  readonly holders: readonly LeaseHolder[];
  /** In the order of their turns, at most 20. */
  readonly waiters: readonly LeaseParty[];
  /** How many wait in all. */
  readonly waiting: number;
}

/** The locks, semaphores, leaders and read-write locks that somebody holds or waits for, by name. */
export async function lookAtLeases(engine: Engine, limits?: LookLimits): Promise<Look<LeaseLook>> {
  const { items, more } = await lookAtOwn(engine, LEASES, limits, leaseLook);
  return { items: [...items].sort((one, other) => compare(one.name, other.name)), more };
}

/** `undefined`: it is free. Its entry stays for a while, for the next token. */
function leaseLook({ kind, rest, text, now, wall }: OwnEntry): LeaseLook | undefined {
  const { holders, waiters } = parseLeases(text, now);
  if (holders.length + waiters.length === 0) return undefined;
  const party = ({ id, owner, until }: (typeof waiters)[number]): LeaseParty => ({
    owner,
    leftMs: Math.max(0, until - now),
    takesAll: takesAll(id),
  });
  return {
    kind: kind as LeaseLook['kind'],
    name: leaseNameIn(rest),
    holders: holders.map((holder) => ({
      ...party(holder),
      token: holder.token,
      heldMs: Math.max(0, wall - holder.token),
    })),
    waiters: waiters.slice(0, MOST_WAITERS).map(party),
    waiting: waiters.length,
  };
}

export interface LimitLook {
  readonly name: string;
  readonly id: string;
  /** Tokens of each rule that are taken now, rounded up; more than its burst if turns are reserved. */
  readonly taken: readonly number[];
  /** Milliseconds until all of the burst is available again; `Infinity` if it is blocked without end. */
  readonly resetMs: number;
  /** Milliseconds; 0 if it is not blocked, `Infinity` without end. */
  readonly blockedMs: number;
}

/** The ids of rate limits that have taken something, or are blocked, by name and id. */
export async function lookAtLimits(engine: Engine, limits?: LookLimits): Promise<Look<LimitLook>> {
  const { items, more } = await lookAtOwn(engine, ['limit'], limits, limitLook);
  const order = (one: LimitLook, other: LimitLook) =>
    compare(one.name, other.name) || compare(one.id, other.id);
  return { items: [...items].sort(order), more };
}

/** `undefined`: nothing is taken. */
function limitLook({ rest, text, now }: OwnEntry): LimitLook | undefined {
  const { blockedUntil, buckets } = parseLimit(text);
  const colon = rest.indexOf(':');
  const blockedMs = blockedUntil === END_OF_TIME ? Infinity : Math.max(0, blockedUntil - now);
  const levels = buckets.map(({ level, at, perMs }) =>
    Math.max(0, level - Math.max(0, now - at) * perMs),
  );
  if (blockedMs === 0 && levels.every((level) => level === 0)) return undefined;
  const endsMs = buckets.map(({ perMs }, index) => Math.ceil((levels[index] ?? 0) / perMs));
  return {
    name: unwritten(rest.slice(0, colon)),
    id: rest.slice(colon + 1),
    taken: buckets.map(({ perToken }, index) => Math.ceil((levels[index] ?? 0) / perToken)),
    resetMs: Math.max(blockedMs, ...endsMs),
    blockedMs,
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
