// Runs read, compute and write again until nobody else has written in between.
import { withinDeadline } from '../api/deadline.js';
import type { WriteProgress } from '../engine.js';
import { DeadlineExceededError, OutcomeUnknownError } from '../errors.js';
import { backOff } from './backoff.js';
import { type ActiveUpdate, deadlockAround } from './update-deadlock.js';

/** An update, as attempts. */
export interface Update<Output> {
  /** The full keys that it reads. */
  readonly keys: readonly string[];
  /** For errors: a description, and the key as the caller gave it, if there is one key. */
  readonly what: string;
  readonly key: string | undefined;
  /** @returns `undefined` if somebody else wrote in between, or the update is over. */
  attempt(progress: Progress): Promise<{ readonly output: Output } | undefined>;
}

export interface Progress extends WriteProgress {
  /** Set when the call has settled: nothing may be written any more. */
  isOver: boolean;
}

/**
 * The updates of one process run one after the other for each key, so that only other processes can write in between.
 *
 * `deadlineMs` bounds all of an update: the wait for its turn, its function, and the attempts.
 */
export class Updates {
  readonly #deadlineMs: number;
  /** The end of the last update of each key. Never rejects. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #underWay = new Set<ActiveUpdate>();

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** @throws what an attempt throws; DeadlineExceededError, OutcomeUnknownError */
  async run<Output>(update: Update<Output>): Promise<Output> {
    const { keys } = update;
    const before = keys.flatMap((key) => this.#tails.get(key) ?? []);
    const progress: Progress = { isOver: false, isWriting: false };
    const own: ActiveUpdate = { what: update.what, keys, isWaiting: before.length > 0 };
    this.#underWay.add(own);
    let leave = (): void => {};
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // The next update waits for all earlier ones, also for one that this call has given up waiting for.
    const tail = before.length > 0 ? Promise.all([...before, mine]) : mine;
    for (const key of keys) this.#tails.set(key, tail);
    try {
      const work = this.#attempts(update, before, progress, own);
      return await withinDeadline(work, this.#deadlineMs, () => this.#late(update, progress, own));
    } finally {
      progress.isOver = true;
      this.#underWay.delete(own);
      leave();
      for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  async #attempts<Output>(
    update: Update<Output>,
    before: readonly Promise<unknown>[],
    progress: Progress,
    own: ActiveUpdate,
  ): Promise<Output> {
    if (before.length > 0) await Promise.all(before);
    own.isWaiting = false;
    for (let attempt = 1; !progress.isOver; attempt++) {
      const done = await update.attempt(progress);
      if (done) return done.output;
      progress.isWriting = false;
      await backOff(attempt);
    }
    // The call has already rejected because of its deadline.
    return new Promise(() => {});
  }

  #late({ what, key }: Update<unknown>, { isWriting }: Progress, own: ActiveUpdate): Error {
    const late = `${what} did not end within ${this.#deadlineMs} ms`;
    if (isWriting) {
      return new OutcomeUnknownError(
        `${late}: its write was not answered, and may have been applied, or may still be; read what it changes to find out`,
        key,
      );
    }
    const deadlock = deadlockAround(own, [...this.#underWay]);
    if (deadlock) {
      return new DeadlineExceededError(`${late}: ${deadlock}; nothing was changed`, key);
    }
    return new DeadlineExceededError(
      `${late}: its function took too long, others wrote each time, or the store took no writes; nothing was changed, and it can be tried again`,
      key,
    );
  }
}
