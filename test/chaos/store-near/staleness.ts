// Judges what readers with near caches were given: nothing that had been replaced for longer than it may be.

/** A call that was acknowledged. Times are milliseconds on the monotonic clock of the machine. */
export interface Recorded {
  readonly call: 'write' | 'read';
  readonly key: string;
  /** Each key is written with growing numbers, by one writer. A read of nothing gave 0. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** @returns the first read that gave a value whose replacement was acknowledged more than `maxStaleMs` before it began. */
export function tooOld(history: readonly Recorded[], maxStaleMs: number): string | undefined {
  const writes = new Map<string, Recorded[]>();
  for (const one of history) {
    if (one.call !== 'write') continue;
    const known = writes.get(one.key);
    if (known) known.push(one);
    else writes.set(one.key, [one]);
  }
  for (const list of writes.values()) list.sort((a, b) => a.value - b.value);
  for (const read of history) {
    if (read.call !== 'read') continue;
    const next = firstAbove(writes.get(read.key) ?? [], read.value);
    if (!next) continue;
    const ageMs = read.start - next.end;
    if (ageMs > maxStaleMs) {
      return `${read.key} = ${read.value} was given ${ageMs} ms after ${next.value} was acknowledged`;
    }
  }
  return undefined;
}

/** Of writes in the order of their values, whose ends are in the same order. */
function firstAbove(writes: readonly Recorded[], value: number): Recorded | undefined {
  let low = 0;
  let high = writes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((writes[middle]?.value ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return writes[low];
}
