// The last exits of each slot, in bounded memory, for `muster status` and `muster describe`.
import { timeOfDay } from '@muster/codec/timers';
import type { PastExit, WorkerExit } from '../../worker-status.js';

/** Exits of one slot. */
const MAX_EXITS = 5;
/** Characters of one line of stderr. */
const MAX_CHARACTERS = 1_000;

export class ExitHistory {
  /** Oldest first, by slot. */
  readonly #exits = new Map<number, PastExit[]>();

  add(worker: WorkerExit): void {
    const { slot, generation, pid, code, signal, planned, startedAt, stderr } = worker;
    const { outOfMemory, expelled, hang, spawnError } = worker;
    const exit: PastExit = {
      ...{ generation, pid, code, signal, planned, startedAt },
      ...(outOfMemory && { outOfMemory }),
      ...(expelled !== undefined && { expelled }),
      ...(hang && { hang }),
      ...(spawnError !== undefined && { spawnError }),
      exitedAt: timeOfDay(),
      stderr: stderr.map((line) => line.slice(0, MAX_CHARACTERS)),
    };
    this.#exits.set(slot, [...(this.#exits.get(slot) ?? []), exit].slice(-MAX_EXITS));
  }

  /** Forgets the exits of all other slots. */
  keepOnly(slots: readonly { readonly slot: number }[]): void {
    const kept = new Set(slots.map(({ slot }) => slot));
    for (const slot of this.#exits.keys()) if (!kept.has(slot)) this.#exits.delete(slot);
  }

  /** Newest first. */
  of(slot: number): readonly PastExit[] {
    return (this.#exits.get(slot) ?? []).toReversed();
  }
}
