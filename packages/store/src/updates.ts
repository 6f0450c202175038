// Read, compute, write back: again until nobody else wrote in between.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.js';
import { DeadlineExceededError, OutcomeUnknownError } from './errors.js';
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

interface Progress {
  /** Settled for its caller: nothing may be written any more. */
  isOver: boolean;
  /** Its write is under way. */
  isWriting: boolean;
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
    const before = this.#tails.get(update.full);
    const progress: Progress = { isOver: false, isWriting: false };
    let leave = (): void => {};
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Whoever comes next waits for all who came before, also for one that this call gave up waiting for.
    const tail = before ? before.then(() => mine) : mine;
    this.#tails.set(update.full, tail);
    try {
      return await this.#inTime(this.#attempts(update, before, progress), update.key, progress);
    } finally {
      progress.isOver = true;
      leave();
      if (this.#tails.get(update.full) === tail) this.#tails.delete(update.full);
    }
  }

  async #attempts<T>(
    update: Update<T>,
    before: Promise<void> | undefined,
    progress: Progress,
  ): Promise<T | undefined> {
    const { engine, key, full } = update;
    if (before) await before;
    for (let attempt = 1; !progress.isOver; attempt++) {
      const expected = await engine.get(full);
      if (progress.isOver) break;
      const current =
        expected === undefined ? undefined : (this.#values.decode(key, expected) as T);
      const value = await update.next(current);
      if (progress.isOver) break;
      const next = value === undefined ? undefined : this.#values.encode(key, value);
      if (next === expected && (next === undefined || update.lifetime === 'keep')) return value;
      const lifetime = expected === undefined ? update.lifetimeOfNew : update.lifetime;
      progress.isWriting = true;
      const isStored = await engine.run(compareAndSet, [full], { expected, next, lifetime });
      progress.isWriting = false;
      if (isStored) return value;
      const pause = longestPauseMs(attempt);
      if (pause > 0) await delay(randomInt(pause + 1));
    }
    // Its caller has been told by now that it came too late.
    return undefined;
  }

  async #inTime<Output>(work: Promise<Output>, key: string, progress: Progress): Promise<Output> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late(key, progress)), this.#deadlineMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #late(key: string, { isWriting }: Progress): Error {
    const update = `The update of ${JSON.stringify(key)} did not end within ${this.#deadlineMs} ms`;
    if (isWriting) {
      return new OutcomeUnknownError(
        `${update}: its write was not answered, and may have been applied, or may still be; read the key to find out`,
        key,
      );
    }
    return new DeadlineExceededError(
      `${update}: its function took too long, or others changed the key each time; nothing was changed, ` +
        'and it can be tried again',
      key,
    );
  }
}
