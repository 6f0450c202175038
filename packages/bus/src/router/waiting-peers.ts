// Members without a listener so far. Messages that they might want are kept for a while: a member that never
// listens costs the cluster nothing after that.

import { performance } from 'node:perf_hooks';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';
import type { Peer } from './peer.js';

export class WaitingPeers {
  /** In the order in which they came, which is that in which their time is over: by performance.now(). */
  readonly #since = new Map<Peer, number>();
  readonly #late: (peer: Peer) => void;
  #keepMs: number;
  #timer: Timer | undefined;
  /** Told when the first comes and when the last has gone. */
  onChange: ((any: boolean) => void) | undefined;

  /** @param late called with each member whose time is over; it has to remove the member. */
  constructor(keepMs: number, late: (peer: Peer) => void) {
    this.#keepMs = keepMs;
    this.#late = late;
  }

  set keepMs(keepMs: number) {
    this.#keepMs = keepMs;
    this.#watch();
  }

  get all(): Iterable<Peer> {
    return this.#since.keys();
  }

  add(peer: Peer): void {
    this.#since.set(peer, performance.now());
    if (this.#since.size > 1) return;
    this.#watch();
    this.onChange?.(true);
  }

  /** @returns whether it was here. */
  delete(peer: Peer): boolean {
    const wasHere = this.#since.delete(peer);
    if (wasHere && this.#since.size === 0) {
      clearTimer(this.#timer);
      this.onChange?.(false);
    }
    return wasHere;
  }

  #watch(): void {
    clearTimer(this.#timer);
    const [first] = this.#since.values();
    if (first === undefined) return;
    const leftMs = Math.max(0, first + this.#keepMs - performance.now());
    this.#timer = setTimer(() => this.#look(), Math.ceil(leftMs)).unref();
  }

  #look(): void {
    const now = performance.now();
    const had = this.#since.size;
    for (const [peer, since] of this.#since) {
      if (since + this.#keepMs > now) break;
      this.#since.delete(peer);
      this.#late(peer);
    }
    if (had > 0 && this.#since.size === 0) this.onChange?.(false);
    this.#watch();
  }
}
