// Samples of several ways to do one thing, taken in turns: a busy moment of the machine hits all alike, and
// the medians can be compared though neither stands for another machine.
// @ts-check

/**
 * @typedef {object} Options
 * @property {number} [rounds] samples of each way. Default: 101
 * @property {number} [sampleMs] about how long one sample takes. Default: 1, which is short enough that most
 *   samples run without a pause, also on a busy machine. What waits for others needs more.
 */

/**
 * Nanoseconds per call of each way, as samples. A way may be asynchronous: its calls follow each other.
 *
 * @template {string} Name
 * @param {Record<Name, () => unknown>} ways
 * @param {Options} [options]
 * @returns {Promise<Record<Name, number[]>>}
 */
export async function interleaved(ways, { rounds = 101, sampleMs = 1 } = {}) {
  const entries = /** @type {[Name, () => unknown][]} */ (Object.entries(ways));
  /** @type {{ name: Name, way: () => unknown, calls: number, samples: number[] }[]} */
  const runs = [];
  for (const [name, way] of entries) {
    runs.push({ name, way, calls: await calibrate(way, sampleMs), samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    // Whoever comes first pays for the garbage of the round before: take turns in that too.
    const order = round % 2 === 0 ? runs : runs.toReversed();
    for (const run of order) run.samples.push(await sample(run.way, run.calls));
  }
  return /** @type {Record<Name, number[]>} */ (
    Object.fromEntries(runs.map(({ name, samples }) => [name, samples]))
  );
}

/** @param {number[]} samples */
export function median(samples) {
  return quantile(samples, 0.5);
}

/** @param {number[]} samples @param {number} q 0.5 is the median, 0.99 is p99 */
export function quantile(samples, q) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** How many calls take that long, once the way is compiled. @param {() => unknown} way @param {number} sampleMs */
async function calibrate(way, sampleMs) {
  const end = performance.now() + 100;
  while (performance.now() < end) await sample(way, 10);
  const timings = [];
  for (let n = 0; n < 5; n++) timings.push(await sample(way, 10));
  return Math.max(1, Math.round((sampleMs * 1e6) / Math.min(...timings)));
}

/** @param {() => unknown} way @param {number} calls */
async function sample(way, calls) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const result = way();
    if (result instanceof Promise) await result;
  }
  return ((performance.now() - start) * 1e6) / calls;
}
