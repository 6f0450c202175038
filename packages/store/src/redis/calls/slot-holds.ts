// Slots whose calls wait although their server is known, so that calls of one slot keep their order.

import { clearTimeout, setTimeout } from 'node:timers';

interface Hold<Call> {
  /** Calls that were sent to another server, or refused by it, and come before all waiting calls. */
  readonly before: Set<Call>;
  timer: NodeJS.Timeout | undefined;
}

export class SlotHolds<Call> {
  readonly #release: (slot: number) => void;
  readonly #holds = new Map<number, Hold<Call>>();

  /** @param release called when a slot is no longer held. */
  constructor(release: (slot: number) => void) {
    this.#release = release;
  }

  has(slot: number): boolean {
    return this.#holds.size > 0 && this.#holds.has(slot);
  }

  /** Holds the slot until each of these calls has left, and the time is over. */
  hold(slot: number, before: Iterable<Call>, ms: number): void {
    const hold = this.#holds.get(slot) ?? { before: new Set(), timer: undefined };
    this.#holds.set(slot, hold);
    for (const call of before) hold.before.add(call);
    if (ms > 0 && !hold.timer) {
      hold.timer = setTimeout(() => {
        hold.timer = undefined;
        this.#end(slot, hold);
      }, ms);
    } else this.#end(slot, hold);
  }

  /** The call has been answered, or is waiting itself. */
  leave(slot: number, call: Call): void {
    if (this.#holds.size === 0) return;
    const hold = this.#holds.get(slot);
    if (hold?.before.delete(call)) this.#end(slot, hold);
  }

  close(): void {
    for (const { timer } of this.#holds.values()) clearTimeout(timer);
    this.#holds.clear();
  }

  #end(slot: number, hold: Hold<Call>): void {
    if (hold.before.size > 0 || hold.timer) return;
    this.#holds.delete(slot);
    this.#release(slot);
  }
}
