// One row for each slot, out of the last status and the last sample: pure functions.
import type { WorkerStatus } from '@muster/core/console';
import type { SlotNow } from '../../model/cluster.js';

export interface SlotRow {
  readonly slot: number;
  /** Its newest process, or the entry without one. */
  readonly worker: WorkerStatus;
  /** Its predecessor, while one replaces the other. */
  readonly old: WorkerStatus | undefined;
  readonly now: SlotNow | undefined;
}

export type SortKey = 'slot' | 'requests' | 'cpu' | 'memory' | 'delay' | 'crashes';

const VALUES: Readonly<Record<SortKey, (row: SlotRow) => number>> = {
  slot: ({ slot }) => -slot,
  requests: ({ now }) => now?.numbers.requestsPerSecond ?? -1,
  cpu: ({ now }) => now?.numbers.cpu ?? -1,
  memory: ({ now }) => now?.numbers.rssBytes ?? -1,
  delay: ({ now }) => now?.numbers.eventLoopDelayP99Ms ?? -1,
  crashes: ({ worker }) => worker.crashes,
};

/** The greatest first; by slot where they are equal. */
export function slotRows(
  workers: readonly WorkerStatus[],
  slots: ReadonlyMap<number, SlotNow>,
  sortBy: SortKey,
): SlotRow[] {
  const bySlot = new Map<number, SlotRow>();
  for (const worker of workers) {
    const { slot } = worker;
    const other = bySlot.get(slot)?.worker;
    const [newer, older] =
      other && other.generation > worker.generation ? [other, worker] : [worker, other];
    bySlot.set(slot, { slot, worker: newer, old: older, now: slots.get(slot) });
  }
  const value = VALUES[sortBy];
  return [...bySlot.values()].sort(
    (one, other) => value(other) - value(one) || one.slot - other.slot,
  );
}
