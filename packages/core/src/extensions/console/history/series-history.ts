/**
 * What is kept of a slot, or of the cluster: every second of the last 10 minutes, and every 10 seconds of the last hour. It takes
 * 3,840 bytes for each series, so 64 slots with their 13 series take 3.2 MB.
 */
import type { History, Track, Value } from '../protocol.js';
import { Ring } from './ring.js';

export const STEP_MS = 1_000;
const FINE = 600;
const COARSE_STEPS = 10;
const COARSE = 360;

/** Series whose greatest value counts, when several become one. */
const GREATEST = new Set(['responseP99Ms', 'eventLoopDelayP99Ms', 'storeP99Ms', 'machineLagMs']);

export class SeriesHistory {
  readonly #names: readonly string[];
  readonly #fine: Ring;
  readonly #coarse: Ring;
  /** Points since the last coarse one; those that were skipped are empty. */
  #pending: (readonly Value[])[] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#fine = new Ring(names, FINE, STEP_MS);
    this.#coarse = new Ring(names, COARSE, COARSE_STEPS * STEP_MS);
  }

  get bytes(): number {
    return this.#fine.bytes + this.#coarse.bytes;
  }

  push(at: number, values: readonly Value[], skipped = 0): void {
    this.#fine.push(at, values, skipped);
    for (let left = Math.min(skipped, COARSE * COARSE_STEPS); left > 0; left--) this.#add(at, []);
    this.#add(at, values);
  }

  /** The last seconds. */
  recent(points: number): Track {
    return this.#fine.track(points);
  }

  all(): History {
    return { fine: this.#fine.track(), coarse: this.#coarse.track() };
  }

  #add(at: number, values: readonly Value[]): void {
    this.#pending.push(values);
    if (this.#pending.length < COARSE_STEPS) return;
    this.#coarse.push(at, this.#merged());
    this.#pending = [];
  }

  #merged(): Value[] {
    return this.#names.map((name, series) => {
      const known = this.#pending.flatMap((values) => values[series] ?? []);
      if (known.length === 0) return null;
      if (GREATEST.has(name)) return Math.max(...known);
      return known.reduce((sum, value) => sum + value, 0) / known.length;
    });
  }
}
