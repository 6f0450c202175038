// The prefixes that Redis tracks. They must not overlap, and each costs every write a comparison.

const MOST = 16;

/** @returns at most 16 prefixes that cover all of `wanted`. If more are wanted, those that have most in common are merged. */
export function trackedPrefixes(wanted: Iterable<string>): string[] {
  const sorted = [...new Set(wanted)].sort();
  // In sorted order, a prefix is followed by all that it covers.
  const distinct: string[] = [];
  for (const prefix of sorted) {
    const last = distinct.at(-1);
    if (last === undefined || !prefix.startsWith(last)) distinct.push(prefix);
  }
  if (distinct.length <= MOST) return distinct;
  const shared = distinct
    .slice(1)
    .map((prefix, index) => commonLength(distinct[index] ?? '', prefix));
  // Cuts between the neighbours that share least: n pieces need n - 1 cuts.
  const cuts = shared
    .map((length, index) => ({ length, at: index + 1 }))
    .sort((a, b) => a.length - b.length)
    .slice(0, MOST - 1)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  const merged = [0, ...cuts].map((start, index) => {
    const first = distinct[start] ?? '';
    const last = distinct[(cuts[index] ?? distinct.length) - 1] ?? '';
    return first === last ? first : first.slice(0, commonLength(first, last));
  });
  return trackedPrefixes(merged);
}

/** In whole characters: Redis could not compare half of a surrogate pair. */
function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return /[\uD800-\uDBFF]$/.test(a.slice(0, length)) ? length - 1 : length;
}
