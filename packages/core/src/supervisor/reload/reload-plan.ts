// In which order a reload replaces its workers: a pure function.
import type { Release } from '../process/release.js';

/**
 * Batches, each done before the next begins: the canary alone, then `parallel` at a time.
 *
 * @param items of one role, in the order of their slots
 */
export function planReload<Item>(items: readonly Item[], parallel: number): Item[][] {
  const others = items.slice(1);
  const batches = items.length > 0 ? [items.slice(0, 1)] : [];
  for (let from = 0; from < others.length; from += parallel) {
    batches.push(others.slice(from, from + parallel));
  }
  return batches;
}

/** How many workers are replaced at a time, where nobody says it: a quarter, and at least one. */
export function quarterOf(workers: number): number {
  return Math.max(1, Math.ceil(workers / 4));
}

/**
 * Whether the next batch may begin while predecessors still drain: for a while there are more processes then, for which
 * there has to be memory, with as much again to spare.
 *
 * @param workerBytes of the largest worker; `undefined` where that is not known
 */
export function mayOverlap(
  leaving: number,
  incoming: number,
  workerBytes: number | undefined,
  availableBytes: number,
): boolean {
  if (leaving === 0) return true;
  return workerBytes !== undefined && availableBytes >= 2 * incoming * workerBytes;
}

/** A slot that was replaced in a reload, and what its worker ran before. */
export interface Replaced {
  readonly slot: number;
  readonly before: Pick<Release, 'file'>;
  readonly now: Pick<Release, 'file'>;
}

/**
 * What an abort does with the slots that were replaced already: back to the old code where a file of its own still holds
 * it. Where the new code was written over the old, there is nothing to go back to.
 */
export function planRollback<Slot extends Replaced>(
  replaced: readonly Slot[],
  exists: (file: string) => boolean,
): { back: Slot[]; keep: Slot[] } {
  const back: Slot[] = [];
  const keep: Slot[] = [];
  for (const one of replaced) {
    (one.before.file !== one.now.file && exists(one.before.file) ? back : keep).push(one);
  }
  return { back, keep };
}

/**
 * Whether a new worker that ended was sound: one that ended unasked so soon after it was ready was not.
 *
 * @param livedMs milliseconds from when it was ready until it ended
 */
export function exitedEarly(livedMs: number, planned: boolean, watchMs: number): boolean {
  return !planned && livedMs < watchMs;
}
