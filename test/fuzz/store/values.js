// What is in the file that is damaged: every value says which key it is of.
// @ts-check

/** Some are in pages of their own. */
const SIZES = [1, 40, 300, 1_000, 3_000, 20_000];

export const COUNT = 240;

/** @param {number} n */
export const keyOf = (n) => `key ${n}`;

/** @param {number} n */
export function contentOf(n) {
  const size = SIZES[n % SIZES.length] ?? 1;
  return { n, text: `${n} `.repeat(size).slice(0, size) };
}

/** A third ends some time. @param {number} n */
export const optionsOf = (n) => (n % 3 === 0 ? { ttlMs: 3_600_000 + n } : {});
