// One row for each slot, even while one of its workers replaces the other.
import type { WorkerStatus } from '../../worker-status.js';

/** The worker that serves in the slot, or is about to. */
export interface SlotRow extends WorkerStatus {
  /** The other worker: its replacement, or its predecessor. */
  readonly beside?: WorkerStatus;
}

/** In the order of the slots. */
export function slotRows(workers: readonly WorkerStatus[]): SlotRow[] {
  const bySlot = new Map<number, WorkerStatus[]>();
  for (const worker of workers) {
    bySlot.set(worker.slot, [...(bySlot.get(worker.slot) ?? []), worker]);
  }
  return [...bySlot.values()].flatMap((all) => {
    // If two are ready, the newer one is a canary that is being watched, and the older one serves.
    const main = all.find(({ state }) => state !== 'draining') ?? all.at(-1);
    const beside = all.findLast((worker) => worker !== main);
    return main ? [beside ? { ...main, beside } : main] : [];
  });
}

/** Such as `ready, gen 3 starting`. */
export function stateOf({ state, beside }: SlotRow): string {
  if (!beside) return state;
  const its = beside.state === 'ready' ? 'watched' : beside.state;
  return `${state}, gen ${beside.generation} ${its}`;
}
