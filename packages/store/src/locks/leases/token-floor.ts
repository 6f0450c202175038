// The lower bound of the next fencing token of a store, as far as this process knows.

import { performance } from 'node:perf_hooks';

/**
 * After a failover the server may have lost the last tokens, and its clock may be behind; embedded files may be new. A token is at
 * least the time at which it was issued. So the newest token that this process has seen, plus the time since, bounds all tokens.
 */
export class TokenFloor {
  /** The newest token, minus the monotonic time of this process when it was seen. */
  #start = Number.NEGATIVE_INFINITY;

  see(token: number): void {
    this.#start = Math.max(this.#start, token - performance.now());
  }

  /** Greater than all tokens that were seen; 0 if none was. */
  now(): number {
    return Math.max(Math.floor(this.#start + performance.now()) + 1, 0);
  }
}
