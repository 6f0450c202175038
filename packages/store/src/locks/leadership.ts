// One leader among all processes.
import { setTimeout as delay } from 'node:timers/promises';
import { onAbort } from '@muster/codec/abort-listeners';
import { clearTimer, setTimer } from '@muster/codec/timers';
import { checkFunction, checkSignal } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import { checkOptions, OPTIONS } from '../api/strict-options.js';
import { StoreClosedError, StoreListenerFailedError } from '../errors.js';
import type { StoreContext } from '../store-context.js';
import type { LeaderOptions, Leadership, Lock } from './contract.js';
import type { Lease } from './leases/lease.js';
import { leaseTimes } from './leases/options.js';
import { acquireLock, type LockTarget } from './lock.js';

/** Milliseconds until a former leader, or a candidate that could not reach the store, is a candidate again. */
const PAUSE_MS = 1_000;

export class ElectedLeadership implements Leadership {
  static {
    publishCalls(ElectedLeadership.prototype, 'leader.', { stop: { takes: 0 } });
  }

  readonly #context: StoreContext;
  readonly #target: LockTarget;
  readonly #fn: (lead: Lock) => unknown;
  readonly #ttlMs: number | undefined;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #lead: Lease | undefined;

  /** @throws InvalidOptionError */
  constructor(
    context: StoreContext,
    target: LockTarget,
    fn: (lead: Lock) => unknown,
    options?: LeaderOptions,
  ) {
    checkOptions('leader()', options, OPTIONS.leader);
    const { ttlMs, signal } = options ?? {};
    checkFunction('A leader runs', fn);
    checkSignal(signal);
    leaseTimes(ttlMs === undefined ? {} : { ttlMs }, 0);
    this.#context = context;
    this.#target = target;
    this.#fn = fn;
    this.#ttlMs = ttlMs;
    const stop = (): void => this.#stopping.abort();
    if (signal?.aborted) stop();
    const unlisten = signal && onAbort(signal, stop);
    this.#done = this.#run().finally(unlisten);
  }

  get isLeader(): boolean {
    return this.#lead !== undefined && !this.#lead.signal.aborted;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    // It is under way until it is stopped, whatever its function waits for.
    const stay = setTimer(() => {}, Number.POSITIVE_INFINITY);
    try {
      await this.#takePart();
    } finally {
      clearTimer(stay);
    }
  }

  async #takePart(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const options = { waitMs: Number.POSITIVE_INFINITY, signal };
        const ttl = this.#ttlMs === undefined ? {} : { ttlMs: this.#ttlMs };
        this.#lead = await acquireLock(this.#context, this.#target, { ...options, ...ttl });
      } catch (error) {
        // No call waits for this error, and the next attempt may succeed.
        if (signal.aborted || error instanceof StoreClosedError) return;
        await pause(signal);
        continue;
      }
      await this.#rule(this.#lead);
      this.#lead = undefined;
      await pause(signal);
    }
  }

  /** Until `fn` has settled. */
  async #rule(lead: Lease): Promise<void> {
    const { signal } = this.#stopping;
    const revoke = (): void => lead.revoke('it is to stop');
    signal.addEventListener('abort', revoke, { once: true });
    try {
      if (!signal.aborted) await this.#fn(lead);
    } catch (error) {
      if (!lead.signal.aborted) {
        process.emitWarning(
          new StoreListenerFailedError('The function of the leader', lead.name, error),
        );
      }
    } finally {
      signal.removeEventListener('abort', revoke);
      await lead[Symbol.asyncDispose]();
    }
  }
}

/** Waits, or until `signal` is aborted. */
async function pause(signal: AbortSignal): Promise<void> {
  await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
}
