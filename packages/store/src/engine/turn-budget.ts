// Keeps a process that does nothing but store calls from starving its own event loop.

import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';

/** Milliseconds of work in one turn of the event loop, after which calls wait for the next turn. */
const SHARE_MS = 2;

/**
 * Characters between two looks at the clock, some 20 µs of work. Each call counts as `CALL` and the characters that it moved. A look
 * costs a twentieth of a small read.
 */
const LOOK_EVERY = 16_384;
const CALL = 1_024;

/**
 * A call of the embedded engine is done when it returns. A loop that awaits one call after the other would run on microtasks alone,
 * and no timer, request or signal would be handled until it ends.
 */
export class TurnBudget {
  #startedAt: number | undefined;
  #next: Promise<void> | undefined;
  #unlooked = 0;

  /**
   * @param characters that the call moved. Without it, the clock is looked at.
   * @returns a promise to wait for before the call returns; `undefined` if it need not wait.
   */
  spend(characters = LOOK_EVERY): Promise<void> | undefined {
    if (this.#next) return this.#next;
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      setImmediate(() => {
        this.#startedAt = undefined;
      });
      return undefined;
    }
    this.#unlooked += CALL + characters;
    if (this.#unlooked < LOOK_EVERY) return undefined;
    this.#unlooked = 0;
    if (performance.now() - this.#startedAt < SHARE_MS) return undefined;
    this.#next = new Promise((resolve) => {
      setImmediate(() => {
        this.#next = undefined;
        resolve();
      });
    });
    return this.#next;
  }
}
