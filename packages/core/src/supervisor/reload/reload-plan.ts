// The order in which a reload replaces workers: pure functions.
import type { Release } from '../process/release.js';

/**
 * Batches, each replaced before the next begins: the canary alone, then `parallel` at a time.
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

/** How many workers are replaced at a time by default: a quarter, and at least one. */
export function quarterOf(workers: number): number {
  return Math.max(1, Math.ceil(workers / 4));
}

/**
 * Whether the next batch may begin while predecessors still drain. There are more processes for a while then, so there must
 * be memory for twice as many.
 *
 * @param workerBytes of the largest worker; `undefined` if not known
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
 * What an abort does with slots that were already replaced: they go back to the old code if that still has its own file. If
 * the new code was written over the old, there is nothing to go back to.
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
 * Whether a new worker exited too early: unplanned, and within `watchMs` after it was ready.
 *
 * @param livedMs milliseconds from ready to exit
 */
export function exitedEarly(livedMs: number, planned: boolean, watchMs: number): boolean {
  return !planned && livedMs < watchMs;
}
