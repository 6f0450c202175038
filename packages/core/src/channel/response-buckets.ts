/**
 * How long responses took, as counts: bucket `i` holds those of `2 ** ((i - 1) / 4) * 0.1` to `2 ** (i / 4) * 0.1` ms, so a percentile is
 * off by 19% at most, and those of several processes can be added. The first bucket holds all that were faster, the last all
 * that took longer than 100 s.
 *
 * Between processes only buckets that hold something travel: index, count, index, count.
 */
const FIRST_MS = 0.1;
const PER_OCTAVE = 4;
export const BUCKETS = 81;

export function bucketOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(PER_OCTAVE * Math.log2(ms / FIRST_MS)));
}

/** The milliseconds that `share` of all took at most; `undefined` if there were none. */
export function percentile(counts: Uint32Array, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let left = Math.ceil(total * share);
  const bucket = counts.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
  return FIRST_MS * 2 ** (bucket / PER_OCTAVE);
}

export function sparse(counts: Uint32Array): number[] {
  const pairs: number[] = [];
  for (const [bucket, count] of counts.entries()) if (count > 0) pairs.push(bucket, count);
  return pairs;
}

/** Adds what `sparse` returned. */
export function addSparse(counts: Uint32Array, pairs: readonly number[]): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const bucket = pairs[at] as number;
    counts[bucket] = (counts[bucket] as number) + (pairs[at + 1] as number);
  }
}

/** For what a worker has sent, which may be anything. */
export function isSparse(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length > 2 * BUCKETS || value.length % 2 > 0) return false;
  return value.every((one, at) => {
    const most = at % 2 === 0 ? BUCKETS - 1 : 0xffff_ffff;
    return Number.isInteger(one) && one >= 0 && one <= most;
  });
}
