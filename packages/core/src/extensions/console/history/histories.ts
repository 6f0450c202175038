// The histories of the cluster and of its slots, of which the first 64 have one.
import type { History, Track, Value } from '../protocol.js';
import { SeriesHistory, STEP_MS } from './series-history.js';
import { CLUSTER_SERIES, SLOT_SERIES } from './values.js';

const MAX_SLOTS = 64;

export interface SlotValues {
  readonly slot: number;
  readonly values: readonly Value[];
}

export class Histories {
  readonly #cluster = new SeriesHistory(CLUSTER_SERIES);
  readonly #slots = new Map<number, SeriesHistory>();
  /** On the monotonic clock. */
  #lastAt: number | undefined;

  get bytes(): number {
    return [this.#cluster, ...this.#slots.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Adds a point to each. The history of a slot that is not given is forgotten.
   *
   * @param now on the monotonic clock: a primary that was busy or stopped leaves points out.
   */
  push(now: number, at: number, cluster: readonly Value[], slots: readonly SlotValues[]): void {
    const steps = this.#lastAt === undefined ? 1 : Math.round((now - this.#lastAt) / STEP_MS);
    const skipped = Math.max(0, steps - 1);
    this.#lastAt = now;
    this.#cluster.push(at, cluster, skipped);
    const given = new Set(slots.map(({ slot }) => slot));
    for (const slot of this.#slots.keys()) if (!given.has(slot)) this.#slots.delete(slot);
    for (const { slot, values } of slots) this.#of(slot)?.push(at, values, skipped);
  }

  cluster(): History {
    return this.#cluster.all();
  }

  slot(slot: number): History | undefined {
    return this.#slots.get(slot)?.all();
  }

  recentOfSlots(points: number): Record<number, Track> {
    return Object.fromEntries(
      [...this.#slots].map(([slot, history]) => [slot, history.recent(points)]),
    );
  }

  #of(slot: number): SeriesHistory | undefined {
    let history = this.#slots.get(slot);
    if (!history && this.#slots.size < MAX_SLOTS) {
      history = new SeriesHistory(SLOT_SERIES);
      this.#slots.set(slot, history);
    }
    return history;
  }
}
