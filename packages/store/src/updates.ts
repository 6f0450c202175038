// Read, compute, write back: again until nobody else wrote in between.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.js';
import { DeadlineExceededError } from './errors.js';
import type { Lifetime } from './lifetime.js';
import { compareAndSet } from './procedures/compare-and-set.js';
import type { Values } from './values.js';

interface Update<T> {
  readonly engine: Engine;
  /** As the caller gave it. */
  readonly key: string;
  readonly full: string;
  readonly next: (current: T | undefined) => T | undefined | Promise<T | undefined>;
  readonly lifetime: Lifetime;
  /** Where the update creates the key. */
  readonly lifetimeOfNew: Lifetime;
}

/** Attempts without a pause: the other writer is most often done by then. */
const EAGER_ATTEMPTS = 3;
const MAX_PAUSE_MS = 16;

/** @returns whole milliseconds, the most that a writer who lost `attempt` times in a row waits. */
export function longestPauseMs(attempt: number): number {
  return attempt <= EAGER_ATTEMPTS ? 0 : Math.min(2 ** (attempt - EAGER_ATTEMPTS), MAX_PAUSE_MS);
}

/**
 * The updates of one process go one after the other for each key, so that only other processes can get in between.
 *
 * `deadlineMs` bounds all of an update: the wait for its turn, `next`, and the attempts.
 */
export class Updates {
  readonly #values: Values;
  readonly #deadlineMs: number;
  /** The end of the last update of each key that one runs for. Never rejects. */
  readonly #tails = new Map<string, Promise<void>>();

  constructor(values: Values, deadlineMs: number) {
    this.#values = values;
    this.#deadlineMs = deadlineMs;
  }

  async run<T>(update: Update<T>): Promise<T | undefined> {
    const until = performance.now() + this.#deadlineMs;
    const before = this.#tails.get(update.full);
    let leave = (): void => {};
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Whoever comes next waits for all who came before, also for one that this call gave up waiting for.
    const tail = before ? before.then(() => mine) : mine;
    this.#tails.set(update.full, tail);
    try {
      if (before) await this.#within(until, before, update.key);
      return await this.#attempts(update, until);
    } finally {
      leave();
      if (this.#tails.get(update.full) === tail) this.#tails.delete(update.full);
    }
  }

  async #attempts<T>(update: Update<T>, until: number): Promise<T | undefined> {
    const { engine, key, full } = update;
    for (let attempt = 1; ; attempt++) {
      const expected = await engine.get(full);
      const current =
        expected === undefined ? undefined : (this.#values.decode(key, expected) as T);
      const coming = update.next(current);
      const value = coming instanceof Promise ? await this.#within(until, coming, key) : coming;
      const next = value === undefined ? undefined : this.#values.encode(key, value);
      if (next === expected && (next === undefined || update.lifetime === 'keep')) return value;
      const lifetime = expected === undefined ? update.lifetimeOfNew : update.lifetime;
      if (await engine.run(compareAndSet, [full], { expected, next, lifetime })) return value;
      if (performance.now() >= until) throw this.#late(key);
      const pause = longestPauseMs(attempt);
      if (pause > 0) await delay(randomInt(pause + 1));
    }
  }

  /** Nothing has been written while this waits. */
  async #within<Output>(until: number, promise: Promise<Output>, key: string): Promise<Output> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late(key)), Math.max(until - performance.now(), 0));
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #late(key: string): DeadlineExceededError {
    return new DeadlineExceededError(
      `The update of ${JSON.stringify(key)} did not end within ${this.#deadlineMs} ms: its function took too long, ` +
        'or others changed the key each time; nothing was changed, and it can be tried again',
      key,
    );
  }
}
