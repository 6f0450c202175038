// Which time it is where sessions are kept: they end by that clock, and not by that of whichever worker looks.

import { performance } from 'node:perf_hooks';
import { timeOfDay } from '@muster/codec/timers';
import { integer, type Procedure, type Texts } from '@muster/store/procedures';

const readTime: Procedure<undefined, number> = {
  name: 'session-time',
  access: 'read',
  lua: `local time = redis.call('TIME')
return time[1] * 1000 + math.floor(time[2] / 1000)`,
  args: () => [],
  reply: (raw) => integer(raw),
  embedded: ({ wall }) => wall,
};

/** Milliseconds. Clocks that differ by no more are one clock: a look at the other one is not exact to the millisecond. */
const SAME_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 60_000;

/**
 * "Store time" is milliseconds since the epoch by the clock of Redis, or of this machine where the store is embedded. A
 * cookie has the time of the worker ("local time"), which is what its framework compares it with.
 */
export class StoreClock {
  readonly #texts: Texts | undefined;
  #aheadMs = 0;
  /** When it was last looked at, by a clock that nobody sets; and what separates that one from this machine's. */
  #lookedAt = -Infinity;
  #epoch = 0;
  #look: Promise<void> | undefined;

  /** @param texts where the store has a clock of its own. */
  constructor(texts: Texts | undefined) {
    this.#texts = texts;
  }

  /** Milliseconds by which store time is ahead of local time. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** In store time. */
  now(): number {
    return timeOfDay() + this.#aheadMs;
  }

  toLocal(storeTime: number): number {
    return storeTime - this.#aheadMs;
  }

  /** What to wait for where it is not known, or this machine's clock was set since. Rejects with what the store does. */
  get pending(): Promise<void> | undefined {
    if (!this.#texts) return undefined;
    const now = performance.now();
    const isKnown = Math.abs(timeOfDay() - now - this.#epoch) <= SAME_WITHIN_MS;
    if (isKnown && now - this.#lookedAt < LOOK_EVERY_MS) return undefined;
    this.#look ??= this.#measure(this.#texts).finally(() => {
      this.#look = undefined;
    });
    if (!isKnown) return this.#look;
    // It has hardly changed: nobody waits, and whoever fails here is told by its own call.
    this.#look.catch(() => {});
    return undefined;
  }

  async #measure(texts: Texts): Promise<void> {
    const before = timeOfDay();
    const storeTime = await texts.run(readTime, ['time'], undefined);
    const after = timeOfDay();
    const aheadMs = storeTime - (before + after) / 2;
    const isSame = Math.abs(aheadMs) <= Math.max(SAME_WITHIN_MS, after - before);
    this.#aheadMs = isSame ? 0 : Math.round(aheadMs);
    this.#lookedAt = performance.now();
    this.#epoch = after - this.#lookedAt;
  }
}
