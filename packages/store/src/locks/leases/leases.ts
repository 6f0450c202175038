// Leases of one store: to hold something that all processes share, in turn, for as long as one speaks up.

import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers';
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

/** What to hold, and how. */
export interface LeaseRequest {
  /** Full key of the lease. */
  readonly key: string;
  /** As the caller knows it. */
  readonly name: string;
  readonly permits: number;
  /** It takes all permits, and not one. */
  readonly takesAll?: boolean | undefined;
  readonly leaseMs: number;
  /** How long the last token is kept without a holder. */
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

/** Milliseconds between two attempts to give back what the store did not answer about. */
const GIVE_BACK_EVERY_MS = 500;

/** How often in a row it is asked anew where no answer came. */
const UNKNOWN_LIMIT = 3;

export class Leases {
  readonly wakeUps = new WakeUps();
  readonly #queue = new LocalQueue();
  readonly #tokens = new TokenFloor();
  readonly #held = new Set<Lease>();
  readonly #waits = new Set<Wait>();
  /** What is being given back for calls that have ended. They never reject. */
  readonly #returns = new Set<Promise<unknown>>();
  #ids = 0;
  #isClosed = false;

  /**
   * Waits for the lease. `until` is asked whenever this call was woken, and ends the wait with what it gives, if anything.
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
      // To ask once is to stand in no line.
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

  /** Ends waits, and gives back what is held. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.abort(new StoreClosedError());
    // Whoever waited hears of it now, and gives back what the store may have of its.
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
    // Whether the store may have something of this call.
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
        // Until here it was asked whether it is free, which is done however short the wait.
        heedsTimeout = true;
        await wait.race(poll.until(reply.retryAfterMs));
        const other = await until?.();
        if (other !== undefined) return other;
      }
    } finally {
      poll.end();
      // Nobody is to wait for one who is not there any more; nor for a lease that was given and not heard of.
      if (mayBeThere) this.#giveBackQuietly(attempt);
    }
  }

  /** Where it may have been given or not, says so: the id is the same, so it can be asked again. */
  async #ask(engine: Engine, key: string, input: Parameters<typeof acquireLease.args>[0]) {
    try {
      return await engine.run(acquireLease, [key], input);
    } catch (error) {
      if (error instanceof OutcomeUnknownError) return error;
      throw error;
    }
  }

  /** @returns whether any of the owners has ended, and what it had here was freed. */
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
    return lease;
  }

  /** Says whether it was held. Where the store does not answer, it goes on trying after it has said so. */
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
