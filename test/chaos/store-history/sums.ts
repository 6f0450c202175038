// Whether what transactions move between two counters is never seen, nor left, halfway.

/** Both counters as one read saw them; `null` for one that is not there. */
export type Pair = readonly [number | null, number | null];

/** @returns the pairs whose sum is not 0. */
export function notBalanced(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(([from, to]) => Number(from) + Number(to) !== 0);
}
