// What the bench and its workers call.
// @ts-check

export const KEYS = 1_000;

/** @typedef {(n: number) => Promise<unknown>} Call */

/** Microseconds per call, one after the other. @param {Call} call @param {number} times */
export async function sequential(call, times, keys = KEYS) {
  const start = performance.now();
  for (let n = 0; n < times; n++) await call(n % keys);
  return ((performance.now() - start) * 1_000) / times;
}
