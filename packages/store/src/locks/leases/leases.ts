// The leases of one store: a process holds something in turn, for as long as it keeps extending its lease.

import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers';
import { tellHolding } from '@muster/codec/holding';
import { timeOfDay } from '@muster/codec/timers';
import type { Engine } from '../../engine.js';
import { LockTimeoutError, OutcomeUnknownError, StoreClosedError } from '../../errors.js';
import { acquireLease } from '../procedures/acquire-lease.js';
import { evictOwners } from '../procedures/evict-owners.js';
import { extendLease } from '../procedures/extend-lease.js';
import { releaseLease } from '../procedures/release-lease.js';
import { Lease } from './lease.js';
import { type Moment, moment } from './lease-clock.js';
import { LeasePoll } from './lease-poll.js';
import { LocalQueue } from './local-queue.js';
import { GONE_PREFIX, ownOwner } from './owner.js';
import { TokenFloor } from './token-floor.js';
import { Wait } from './wait.js';
import { WakeUps } from './wake-ups.js';

/** The lease to acquire. */
export interface LeaseRequest {
  /** Full key of the lease. */
  readonly key: string;
  /** The name as the caller gave it. */
  readonly name: string;
  readonly permits: number;
  /** Whether it takes all permits instead of one. */
  readonly takesAll?: boolean | undefined;
  readonly leaseMs: number;
  /** How long the last token is kept when nobody holds the lease. */
  readonly retainMs: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A request under way. */
interface LeaseAttempt {
  readonly request: LeaseRequest;
  readonly engine: Engine;
  readonly id: string;
}

/** Milliseconds between two attempts to release a lease while the store does not answer. */
const GIVE_BACK_EVERY_MS = 500;

/** How often in a row a request without an answer is repeated. */
const UNKNOWN_LIMIT = 3;

export class Leases {
  readonly wakeUps = new WakeUps();
  readonly #queue = new LocalQueue();
  readonly #tokens = new TokenFloor();
  readonly #held = new Set<Lease>();
  readonly #waits = new Set<Wait>();
  /** Releases in the background, for calls that have ended. They never reject. */
  readonly #returns = new Set<Promise<unknown>>();
  #ids = 0;
  #isClosed = false;

  /**
   * Waits for the lease. `until` is called after each wake-up; a value that it returns ends the wait.
   *
   * @throws LockTimeoutError, StoreError, or the reason of the signal
   */
  async acquire<Other = never>(
    engine: Engine,
    request: LeaseRequest,
    until?: () => Promise<Other | undefined>,
  ): Promise<Lease | Other> {
    const { key, name, waitMs, signal } = request;
    signal?.throwIfAborted();
    if (this.#isClosed) throw new StoreClosedError();
    const wait = new Wait(waitMs, signal, () => new LockTimeoutError(name, waitMs));
    this.#waits.add(wait);
    try {
      // A call that asks once does not queue.
      const leave = waitMs > 0 ? await this.#queue.enter(key, wait) : () => {};
      try {
        const id = `${this.wakeUps.client}.${request.takesAll ? 'w' : ''}${++this.#ids}`;
        return await this.#compete({ request, engine, id }, wait, until);
      } finally {
        leave();
      }
    } finally {
      this.#waits.delete(wait);
      wait.end();
    }
  }

  /** The store lost all its data: nothing is held any more. */
  lose(): void {
    for (const lease of this.#held) lease.lose('the files of the store were deleted or replaced');
  }

  /** Ends all waits, and releases all leases. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.abort(new StoreClosedError());
    // Waiting calls reject now, and give up their places in the store.
    await new Promise(setImmediate);
    await Promise.all(this.#returns);
    await Promise.all([...this.#held].map((lease) => lease.giveBack().catch(() => {})));
    this.wakeUps.close();
  }

  async #compete<Other>(
    attempt: LeaseAttempt,
    wait: Wait,
    until: (() => Promise<Other | undefined>) | undefined,
  ): Promise<Lease | Other> {
    const { engine, id } = attempt;
    const { key, permits, leaseMs, retainMs, waitMs } = attempt.request;
    const owner = ownOwner();
    const poll = new LeasePoll(this.wakeUps, engine, key);
    // Whether the store may have a lease or a place of this call.
    let mayBeThere = false;
    let heedsTimeout = false;
    let unknown = 0;
    try {
      for (;;) {
        const start = moment(engine);
        const placeMs = waitMs > 0 ? poll.placeMs : 0;
        mayBeThere = true;
        const minToken = Math.max(this.#tokens.now(), timeOfDay());
        const input = { id, owner, permits, leaseMs, placeMs, retainMs, minToken };
        const call = this.#ask(engine, key, input);
        const reply = await wait.race(call, { heedsTimeout });
        if (reply instanceof OutcomeUnknownError) {
          if (++unknown > UNKNOWN_LIMIT) throw reply;
          continue;
        }
        unknown = 0;
        mayBeThere = placeMs > 0;
        if (reply.token !== undefined) {
          mayBeThere = false;
          this.#tokens.see(reply.token);
          return this.#lease(attempt, reply.token, start);
        }
        if (poll.checksForGone && (await this.#evictGone(engine, key, reply.owners))) continue;
        if (waitMs === 0) throw new LockTimeoutError(attempt.request.name, 0);
        // The first request is never cut short, however short the wait.
        heedsTimeout = true;
        await wait.race(poll.until(reply.retryAfterMs));
        const other = await until?.();
        if (other !== undefined) return other;
      }
    } finally {
      poll.end();
      // Others must not wait for this call, nor for a lease whose answer it never got.
      if (mayBeThere) this.#giveBackQuietly(attempt);
    }
  }

  /** @returns the error if the outcome is unknown: the same id can ask again. */
  async #ask(engine: Engine, key: string, input: Parameters<typeof acquireLease.args>[0]) {
    try {
      return await engine.run(acquireLease, [key], input);
    } catch (error) {
      if (error instanceof OutcomeUnknownError) return error;
      throw error;
    }
  }

  /** Frees what owners have here whose processes have ended. @returns whether there was anything. */
  async #evictGone(engine: Engine, key: string, owners: readonly string[]): Promise<boolean> {
    const others = [...new Set(owners)].filter((owner) => owner !== ownOwner());
    if (others.length === 0) return false;
    const marks = await engine.getMany(others.map((owner) => GONE_PREFIX + owner));
    const gone = others.filter((_, position) => marks[position] !== undefined);
    return gone.length > 0 && engine.run(evictOwners, [key], gone);
  }

  #lease(attempt: LeaseAttempt, token: number, start: Moment): Lease {
    const { engine, id } = attempt;
    const { key, name, leaseMs, retainMs } = attempt.request;
    const lease: Lease = new Lease(
      { engine, key, id, name, token, leaseMs, start },
      {
        extend: () => engine.run(extendLease, [key], { id, leaseMs, retainMs }),
        release: () => this.#giveBack(attempt),
        ended: () => this.#held.delete(lease),
      },
    );
    this.#held.add(lease);
    tellHolding();
    return lease;
  }

  /** @returns whether it was held. If the store does not answer, it rejects and keeps trying in the background. */
  async #giveBack(attempt: LeaseAttempt): Promise<boolean> {
    try {
      return await this.#release(attempt);
    } catch (error) {
      if (!(error instanceof StoreClosedError)) this.#giveBackLater(attempt);
      throw error;
    }
  }

  #giveBackQuietly(attempt: LeaseAttempt): void {
    const done = this.#giveBack(attempt)
      .catch(() => {})
      .finally(() => this.#returns.delete(done));
    this.#returns.add(done);
  }

  #giveBackLater(attempt: LeaseAttempt, since = performance.now()): void {
    if (performance.now() - since > attempt.request.leaseMs || this.#isClosed) return;
    setTimeout(() => {
      this.#release(attempt).catch(() => this.#giveBackLater(attempt, since));
    }, GIVE_BACK_EVERY_MS).unref();
  }

  async #release({ engine, id, request }: LeaseAttempt): Promise<boolean> {
    const { key, permits, leaseMs, retainMs } = request;
    const input = { id, permits, leaseMs, retainMs };
    const keys = [key, this.wakeUps.wakeKey(key)];
    const { held, next } = await engine.run(releaseLease, keys, input);
    this.wakeUps.wake(key, next);
    return held;
  }
}
