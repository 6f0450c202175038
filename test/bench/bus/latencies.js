// Latencies of one measurement, in microseconds.
// @ts-check

export function latencies() {
  /** @type {number[]} */
  const micros = [];
  return {
    /** @param {number} at when it was sent, from process.hrtime, which all processes of a machine share */
    add(at) {
      if (at > 0) micros.push((Number(process.hrtime.bigint()) - at) / 1000);
    },
    reset() {
      micros.length = 0;
    },
    summary() {
      micros.sort((a, b) => a - b);
      const at = (/** @type {number} */ share) => micros[Math.floor(micros.length * share)] ?? 0;
      return { p50: at(0.5), p99: at(0.99) };
    },
  };
}
