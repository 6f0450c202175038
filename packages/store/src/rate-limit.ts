// A rate limit that all processes share.
import { shown } from '@muster/codec/options';
import { observe } from './diagnostics.js';
import { InvalidArgumentError } from './errors.js';
import type { GcraRule } from './gcra.js';
import type { Keyspace } from './keyspace.js';
import { peekLimit, takeLimit } from './procedures/take-limit.js';
import type { RateLimit, RateLimitVerdict } from './store.js';
import type { ViewContext } from './view.js';

export class SharedRateLimit implements RateLimit {
  static {
    observe(SharedRateLimit.prototype, { take: 'rateLimit.take' }, (limit) => limit.#context.kind);
  }

  readonly #context: ViewContext;
  readonly #keyspace: Keyspace;
  readonly #rule: GcraRule;

  constructor(context: ViewContext, keyspace: Keyspace, rule: GcraRule) {
    this.#context = context;
    this.#keyspace = keyspace;
    this.#rule = rule;
  }

  async take(id: string, cost = 1): Promise<RateLimitVerdict> {
    const full = this.#keyspace.full(id);
    if (!Number.isSafeInteger(cost) || cost < 0) {
      throw new InvalidArgumentError(
        `A rate limit takes a whole number of at least 0, and not ${shown(cost)}`,
      );
    }
    const engine = this.#context.engine() ?? (await this.#context.open());
    return engine.run(cost === 0 ? peekLimit : takeLimit, [full], { rule: this.#rule, cost });
  }
}
