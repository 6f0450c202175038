// What the next fencing token of a store has to reach, as far as this process knows.

import { performance } from 'node:perf_hooks';

/**
 * A server that takes over may have lost the last tokens and be behind in time, and files may have been made anew. A token
 * is at least the time at which it was given out, so the newest one that was seen, and the time since, is a bound for all.
 */
export class TokenFloor {
  /** Of the newest token, as seen from the monotonic clock of this process. */
  #start = Number.NEGATIVE_INFINITY;

  see(token: number): void {
    this.#start = Math.max(this.#start, token - performance.now());
  }

  /** Above all that were seen; 0 where none was. */
  now(): number {
    return Math.max(Math.floor(this.#start + performance.now()) + 1, 0);
  }
}
