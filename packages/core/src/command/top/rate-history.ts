// The rates of each slot that `muster top` remembers for its sparklines.
import type { ClusterStatus } from '../../worker-status.js';

/** Samples of each series. */
const LENGTH = 120;

export class RateHistory {
  readonly #slots = new Map<number, number[]>();
  #total: number[] = [];

  add(status: ClusterStatus): void {
    const rates = new Map<number, number>();
    // A slot has two workers while one replaces the other.
    for (const { slot, requestsPerSecond = 0 } of status.workers) {
      rates.set(slot, (rates.get(slot) ?? 0) + requestsPerSecond);
    }
    for (const slot of this.#slots.keys()) if (!rates.has(slot)) this.#slots.delete(slot);
    for (const [slot, rate] of rates) {
      this.#slots.set(slot, [...(this.#slots.get(slot) ?? []), rate].slice(-LENGTH));
    }
    const total = [...rates.values()].reduce((sum, rate) => sum + rate, 0);
    this.#total = [...this.#total, total].slice(-LENGTH);
  }

  /** Requests per second of a slot, oldest first. */
  of(slot: number): readonly number[] {
    return this.#slots.get(slot) ?? [];
  }

  /** Requests per second of all slots together. */
  get total(): readonly number[] {
    return this.#total;
  }

  /** The highest rate of any slot, which is the scale of the sparklines. */
  get highest(): number {
    return Math.max(0, ...[...this.#slots.values()].flat());
  }
}
