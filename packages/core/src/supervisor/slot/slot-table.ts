// The slots of a cluster by number, and the numbers for new ones.
import type { ResolvedRole } from '../options/role-options.js';
import type { SlotOptions } from './contract.js';
import type { Slot } from './slot.js';

export class SlotTable {
  readonly #slots = new Map<number, Slot>();
  /** The last generation of each removed slot: a new slot with this number continues from there. */
  readonly #generations = new Map<number, number>();
  readonly #create: (options: Pick<SlotOptions, 'slot' | 'role' | 'generation'>) => Slot;

  constructor(create: (options: Pick<SlotOptions, 'slot' | 'role' | 'generation'>) => Slot) {
    this.#create = create;
  }

  /** Adds a slot with the smallest free number. */
  add(role: ResolvedRole): Slot {
    let slot = 0;
    while (this.#slots.has(slot)) slot += 1;
    const added = this.#create({ slot, role, generation: this.#generations.get(slot) ?? 0 });
    this.#slots.set(slot, added);
    return added;
  }

  remove({ slot, generation }: Slot): void {
    this.#generations.set(slot, generation);
    this.#slots.delete(slot);
  }

  get(slot: number): Slot | undefined {
    return this.#slots.get(slot);
  }

  /** By number. */
  all(): Slot[] {
    return [...this.#slots.values()].sort((one, other) => one.slot - other.slot);
  }

  /** By number. */
  of({ role }: ResolvedRole): Slot[] {
    return this.all().filter((slot) => slot.role.role === role);
  }
}
