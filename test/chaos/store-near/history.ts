// Judges what processes with near caches were given: nothing that had been replaced for longer than it may be, and nothing older than
// what they wrote themselves.

/** A call that was acknowledged. Times are milliseconds on the monotonic clock of the machine. */
export interface Recorded {
  readonly call: 'write' | 'read';
  /** The process that made it. */
  readonly by: number;
  readonly key: string;
  /** Each key is written with growing numbers, by one writer. A read of nothing gave 0. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** Milliseconds until a master was dead, from when its replicas had everything: what was written in between may be lost. */
export type Window = readonly [from: number, to: number];

/** The history without the writes that may be lost. */
export function kept(history: readonly Recorded[], windows: readonly Window[]): Recorded[] {
  return history.filter(
    ({ call, start, end }) =>
      call === 'read' || !windows.some(([from, to]) => end >= from && start <= to),
  );
}

/** @returns the first read that gave a value whose replacement was acknowledged more than `maxStaleMs` before it began. */
export function tooOld(history: readonly Recorded[], maxStaleMs: number): string | undefined {
  const writes = writesBy(history, ({ key }) => key);
  for (const read of history) {
    if (read.call !== 'read') continue;
    const list = writes.get(read.key) ?? [];
    const next = list[firstWhere(list, ({ value }) => value > read.value)];
    if (!next) continue;
    const ageMs = read.start - next.end;
    if (ageMs > maxStaleMs) {
      return `${read.key} = ${read.value} was given ${ageMs} ms after ${next.value} was acknowledged`;
    }
  }
  return undefined;
}

/** @returns the first read that gave an older value than one whose write by the same process was acknowledged before it began. */
export function olderThanOwn(history: readonly Recorded[]): string | undefined {
  const nameOf = ({ by, key }: Recorded) => `${by} ${key}`;
  const writes = writesBy(history, nameOf);
  for (const read of history) {
    if (read.call !== 'read') continue;
    const list = writes.get(nameOf(read)) ?? [];
    const own = list[firstWhere(list, ({ end }) => end > read.start) - 1];
    if (own && read.value < own.value) {
      return `${read.key} = ${read.value} was given to process ${read.by}, which had written ${own.value}`;
    }
  }
  return undefined;
}

/** In the order of their values, and so in that of their ends. */
function writesBy(
  history: readonly Recorded[],
  nameOf: (one: Recorded) => string,
): Map<string, Recorded[]> {
  const writes = new Map<string, Recorded[]>();
  for (const one of history) {
    if (one.call !== 'write') continue;
    const known = writes.get(nameOf(one));
    if (known) known.push(one);
    else writes.set(nameOf(one), [one]);
  }
  for (const list of writes.values()) list.sort((a, b) => a.value - b.value);
  return writes;
}

/** The position of the first for which the test holds, as it does for all that follow; the length if there is none. */
function firstWhere(list: readonly Recorded[], holds: (one: Recorded) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as Recorded)) high = middle;
    else low = middle + 1;
  }
  return low;
}
