// Slots and generations of workers that nobody else numbers (plain node:cluster).

import type { Member } from '../bus.js';
import { workerMember } from '../members/member.js';

export class Slots {
  readonly #taken = new Map<number, number>();
  /** The newest generation that each slot ever had. */
  readonly #generations = new Map<number, number>();

  /** The smallest free slot, in its next generation. */
  next(): Member {
    let slot = 0;
    while (this.#taken.has(slot)) slot++;
    return workerMember({ slot, generation: (this.#generations.get(slot) ?? 0) + 1 });
  }

  take({ slot, generation }: Member): void {
    if (typeof slot !== 'number') return;
    this.#taken.set(slot, (this.#taken.get(slot) ?? 0) + 1);
    this.#generations.set(slot, Math.max(generation, this.#generations.get(slot) ?? 0));
  }

  leave({ slot }: Member): void {
    if (typeof slot !== 'number') return;
    const left = (this.#taken.get(slot) ?? 1) - 1;
    if (left > 0) this.#taken.set(slot, left);
    else this.#taken.delete(slot);
  }
}
