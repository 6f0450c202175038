// What plots show: every second for ten minutes, and every ten seconds for an hour.
import type { History as GivenHistory, Value } from '@muster/core/console';
import { coarsePoint } from './coarse-point.js';
import { Track } from './track.js';

/** Times that a plot can show, and from which of the two tracks. */
export const SPANS = [
  { label: '10 s', ms: 10_000 },
  { label: '1 min', ms: 60_000 },
  { label: '5 min', ms: 300_000 },
  { label: '10 min', ms: 600_000 },
  { label: '1 h', ms: 3_600_000 },
] as const;

const FINE_MS = 600_000;
const COARSE_MS = 3_600_000;
/** Fine points of a coarse one. */
const RATIO = 10;

export class History {
  #fine: Track;
  #coarse: Track;
  #sinceCoarse: Readonly<Record<string, Value>>[] = [];

  /** `stepMs`: between two samples. */
  constructor(stepMs = 1_000) {
    this.#fine = new Track(stepMs, Math.ceil(FINE_MS / stepMs) + 1);
    this.#coarse = new Track(stepMs * RATIO, Math.ceil(COARSE_MS / (stepMs * RATIO)) + 1);
  }

  load({ fine, coarse }: GivenHistory): void {
    this.#fine = new Track(fine.stepMs, Math.ceil(FINE_MS / fine.stepMs) + 1);
    this.#coarse = new Track(coarse.stepMs, Math.ceil(COARSE_MS / coarse.stepMs) + 1);
    this.#fine.load(fine);
    this.#coarse.load(coarse);
    this.#sinceCoarse = [];
  }

  add(at: number, values: Readonly<Record<string, Value>>): void {
    this.#fine.add(at, values);
    this.#sinceCoarse.push(values);
    if (this.#sinceCoarse.length < RATIO) return;
    this.#coarse.add(at, coarsePoint(this.#sinceCoarse));
    this.#sinceCoarse = [];
  }

  /** Times in seconds, and the values of each series, that cover the last `spanMs`. */
  of(names: readonly string[], spanMs: number): [number[], ...Value[][]] {
    const track = spanMs > FINE_MS ? this.#coarse : this.#fine;
    const count = Math.ceil(spanMs / track.stepMs) + 1;
    return [track.times(count), ...names.map((name) => track.last(name, count))];
  }
}
