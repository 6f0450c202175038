// The clock of the store, by which sessions end: the clocks of the workers may differ.
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

/** Milliseconds. Clocks that differ by no more count as one: the time of the other cannot be read to the millisecond. */
const SAME_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 60_000;

/**
 * "Store time" is milliseconds since the epoch by the clock of Redis, or of this machine where the store is embedded. A
 * cookie has the time of the worker ("local time"), which is what its framework compares it with.
 */
export class StoreClock {
  readonly #texts: Texts | undefined;
  #aheadMs = 0;
  /** When the store's clock was last read, by a clock that nobody sets, and the time of day minus that clock then. */
  #lookedAt = -Infinity;
  #epoch = 0;
  #look: Promise<void> | undefined;

  /** @param texts of a store that has a clock of its own. */
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

  /**
   * To be awaited before the time is used: the store's time is not known yet, or this machine's clock was set since it was
   * read. Rejects with the store's error.
   */
  get pending(): Promise<void> | undefined {
    if (!this.#texts) return undefined;
    const now = performance.now();
    const isKnown = Math.abs(timeOfDay() - now - this.#epoch) <= SAME_WITHIN_MS;
    if (isKnown && now - this.#lookedAt < LOOK_EVERY_MS) return undefined;
    this.#look ??= this.#measure(this.#texts).finally(() => {
      this.#look = undefined;
    });
    if (!isKnown) return this.#look;
    // The clock has hardly changed, so nobody waits for it; if the store is away, each call fails by itself.
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
