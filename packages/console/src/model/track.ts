// Series in bounded memory, at equal distances in time, all of one length.
import type { Track as GivenTrack, Value } from '@muster/core/console';

export class Track {
  readonly stepMs: number;
  readonly #capacity: number;
  readonly #series = new Map<string, Value[]>();
  #length = 0;
  /** The time of the last point; 0 before the first. */
  #endAt = 0;

  constructor(stepMs: number, capacity: number) {
    this.stepMs = stepMs;
    this.#capacity = capacity;
  }

  get endAt(): number {
    return this.#endAt;
  }

  /** Forgets everything, and begins with what the server has kept. */
  load({ endAt, series }: GivenTrack): void {
    this.#series.clear();
    this.#length = Math.max(0, ...Object.values(series).map((values) => values.length));
    this.#length = Math.min(this.#length, this.#capacity);
    this.#endAt = endAt;
    for (const [name, values] of Object.entries(series)) {
      this.#series.set(name, values.slice(-this.#length));
    }
  }

  /** Adds a point; the time that passed without one is a gap. A time that goes back is taken as the next step. */
  add(at: number, values: Readonly<Record<string, Value>>): void {
    const steps = this.#length === 0 ? 1 : Math.round((at - this.#endAt) / this.stepMs);
    const missed = Math.min(Math.max(0, steps - 1), this.#capacity);
    for (let gap = 0; gap < missed; gap++) this.#push({});
    this.#push(values);
    this.#endAt = at;
  }

  /** Oldest first; empty for a series without a point. */
  values(name: string): readonly Value[] {
    return this.#series.get(name) ?? [];
  }

  /** The times of the last `count` points, in seconds, as uPlot has them. */
  times(count: number): number[] {
    const length = Math.min(count, this.#length);
    const step = this.stepMs / 1_000;
    const end = this.#endAt / 1_000;
    return Array.from({ length }, (_, index) => end - (length - 1 - index) * step);
  }

  /** The last `count` points, as many as `times` has. */
  last(name: string, count: number): Value[] {
    const length = Math.min(count, this.#length);
    return length === 0 ? [] : pad(this.values(name), this.#length).slice(-length);
  }

  #push(values: Readonly<Record<string, Value>>): void {
    for (const name of Object.keys(values)) {
      if (!this.#series.has(name)) this.#series.set(name, []);
    }
    for (const [name, kept] of this.#series) {
      if (kept.length < this.#length) kept.unshift(...pad([], this.#length - kept.length));
      kept.push(values[name] ?? null);
      if (kept.length > this.#capacity) kept.shift();
    }
    this.#length = Math.min(this.#capacity, this.#length + 1);
  }
}

/** A series that began later has nothing before. */
function pad(values: readonly Value[], length: number): Value[] {
  const missing = Math.max(0, length - values.length);
  return [...Array.from({ length: missing }, () => null), ...values];
}
