// The last values of several series at equal distances, in memory of a fixed size. No value: NaN.
import type { Track, Value } from '../protocol.js';

export class Ring {
  readonly #names: readonly string[];
  readonly #length: number;
  readonly #stepMs: number;
  /** One point after the other, each with a value of every series. */
  readonly #values: Float32Array;
  /** Where the next point goes. */
  #next = 0;
  #count = 0;
  #endAt = 0;

  constructor(names: readonly string[], length: number, stepMs: number) {
    this.#names = names;
    this.#length = length;
    this.#stepMs = stepMs;
    this.#values = new Float32Array(names.length * length);
  }

  get bytes(): number {
    return this.#values.byteLength;
  }

  /** @param at the time of day. @param values in the order of the names. @param skipped points before it that are missing. */
  push(at: number, values: readonly Value[], skipped = 0): void {
    for (let left = Math.min(skipped, this.#length); left > 0; left--) this.#put([]);
    this.#put(values);
    this.#endAt = at;
  }

  /** The last points, at most `most`. */
  track(most = this.#length): Track {
    const count = Math.min(most, this.#count);
    const first = this.#next - count + this.#length;
    const valuesOf = (series: number): Value[] =>
      Array.from({ length: count }, (_, index) => {
        const point = (first + index) % this.#length;
        return rounded(this.#values[point * this.#names.length + series] as number);
      });
    return {
      stepMs: this.#stepMs,
      endAt: this.#endAt,
      series: Object.fromEntries(this.#names.map((name, series) => [name, valuesOf(series)])),
    };
  }

  #put(values: readonly Value[]): void {
    const width = this.#names.length;
    for (let series = 0; series < width; series++) {
      this.#values[this.#next * width + series] = values[series] ?? Number.NaN;
    }
    this.#next = (this.#next + 1) % this.#length;
    this.#count = Math.min(this.#count + 1, this.#length);
  }
}

/** Four digits are more than anybody sees in a plot. */
export function rounded(value: number): Value {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
