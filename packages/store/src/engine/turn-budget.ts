// Keeps a process that does nothing but store calls from starving its own event loop.

import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';

/** Milliseconds of work in one turn, after which calls wait for the next turn. */
const SHARE_MS = 2;

/**
 * Characters between two looks at the clock, where a call counts as many and those that it moved: some 20 µs. A look costs
 * as much as a twentieth of a small read.
 */
const LOOK_EVERY = 16_384;
const CALL = 1_024;

/**
 * A call of the embedded engine is done when it returns. A loop that awaits one after the other would run on
 * microtasks only, and no timer, request or signal would get its turn until it ends.
 */
export class TurnBudget {
  #startedAt: number | undefined;
  #next: Promise<void> | undefined;
  #unlooked = 0;

  /**
   * @param characters that the call moved; where it is not said, it looks at the clock.
   * @returns what to wait for before the caller goes on; `undefined` while it need not wait.
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
