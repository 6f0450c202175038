// A rate limit that all processes share.
import { shown } from '@muster/codec/options';
import { checkSignal } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import { checkOptions, OPTIONS } from '../api/strict-options.js';
import type { Keyspace } from '../entries/keyspace.js';
import { lifetimeFor } from '../entries/lifetime.js';
import { InvalidOptionError, LimitTimeoutError } from '../errors.js';
import type { AcquireOptions, RateLimit, RateLimitVerdict } from '../store.js';
import type { StoreContext } from '../store-context.js';
import { blockLimit } from './block-limit.js';
import { cancelReservation } from './cancel-reservation.js';
import type { GcraRule } from './gcra-rule.js';
import { pause } from './pause.js';
import { peekLimit, takeLimit } from './take-limit.js';

const CALLS = {
  take: { takes: 2 },
  peek: { takes: 1 },
  acquire: { takes: 2 },
  reset: { takes: 1 },
  block: { takes: 2 },
} as const;

export class SharedRateLimit implements RateLimit {
  static {
    publishCalls(SharedRateLimit.prototype, 'rateLimit.', CALLS, (limit) => limit.#context.kind);
  }

  readonly #context: StoreContext;
  readonly #keyspace: Keyspace;
  readonly #rules: readonly GcraRule[];

  constructor(context: StoreContext, keyspace: Keyspace, rules: readonly GcraRule[]) {
    this.#context = context;
    this.#keyspace = keyspace;
    this.#rules = rules;
  }

  async take(id: string, cost = 1): Promise<RateLimitVerdict> {
    const full = this.#keyspace.full(id);
    checkCost(cost, 0);
    const request = { rules: this.#rules, cost, maxWaitMs: 0 };
    const procedure = cost === 0 ? peekLimit : takeLimit;
    return this.#context.withEngine((engine) => engine.run(procedure, [full], request));
  }

  peek(id: string): Promise<RateLimitVerdict> {
    return this.take(id, 0);
  }

  async acquire(id: string, options?: AcquireOptions): Promise<RateLimitVerdict> {
    const full = this.#keyspace.full(id);
    checkOptions('acquire()', options, OPTIONS.acquire);
    const { cost = 1, waitMs = this.#context.deadlineMs, signal } = options ?? {};
    checkCost(cost, 1);
    if (typeof waitMs !== 'number' || !(waitMs >= 0)) {
      throw new InvalidOptionError(
        `waitMs is a number of milliseconds of at least 0, or Infinity, and not ${shown(waitMs)}`,
      );
    }
    checkSignal(signal);
    signal?.throwIfAborted();
    const rules = this.#rules;
    return this.#context.withEngine(async (engine) => {
      const verdict = await engine.run(takeLimit, [full], { rules, cost, maxWaitMs: waitMs });
      if (!verdict.allowed) throw new LimitTimeoutError(id, waitMs, verdict.retryAfterMs);
      try {
        if (verdict.retryAfterMs > 0)
          await pause(verdict.retryAfterMs, signal, this.#context.closeSignal);
        return { ...verdict, retryAfterMs: 0 };
      } catch (reason) {
        // If that fails, the turn passes unused.
        engine.run(cancelReservation, [full], { rules, cost }).catch(() => {});
        throw reason;
      }
    });
  }

  async reset(id: string): Promise<boolean> {
    const full = this.#keyspace.full(id);
    return (await this.#context.withEngine((engine) => engine.delete([full]))) === 1;
  }

  async block(id: string, forMs: number): Promise<void> {
    const full = this.#keyspace.full(id);
    const lifetime = lifetimeFor('forMs', forMs);
    const ms = typeof lifetime === 'object' && 'forMs' in lifetime ? lifetime.forMs : FOR_EVER_MS;
    await this.#context.withEngine((engine) => engine.run(blockLimit, [full], ms));
  }
}

/** Beyond the end of time, whenever that is counted from. */
const FOR_EVER_MS = 8.64e15;

/** @throws InvalidOptionError */
function checkCost(cost: number, least: number): void {
  if (Number.isSafeInteger(cost) && cost >= least) return;
  throw new InvalidOptionError(
    `A rate limit takes a whole number of at least ${least}, and not ${shown(cost)}`,
  );
}
