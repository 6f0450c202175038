// The slots of a cluster by number, and the numbers for new ones.
import type { ResolvedRole } from '../options/role-options.js';
import type { Release } from '../process/release.js';
import type { SlotOptions } from './contract.js';
import type { Slot } from './slot.js';

type NewSlot = Pick<SlotOptions, 'slot' | 'role' | 'generation' | 'release'>;

export class SlotTable {
  readonly #slots = new Map<number, Slot>();
  /** The last generation of each removed slot: a new slot with this number continues from there. */
  readonly #generations = new Map<number, number>();
  readonly #retired = new Set<Slot>();
  readonly #create: (options: NewSlot) => Slot;

  constructor(create: (options: NewSlot) => Slot) {
    this.#create = create;
  }

  /** Adds a slot with the smallest free number. */
  add(role: ResolvedRole, release: Release | undefined): Slot {
    let slot = 0;
    while (this.#slots.has(slot)) slot += 1;
    const generation = this.#generations.get(slot) ?? 0;
    const added = this.#create({ slot, role, generation, ...(release && { release }) });
    this.#slots.set(slot, added);
    return added;
  }

  /** It no longer counts for its role. Its number is free once it is removed. */
  retire(slot: Slot): void {
    this.#retired.add(slot);
  }

  remove(slot: Slot): void {
    this.#generations.set(slot.slot, slot.generation);
    this.#slots.delete(slot.slot);
    this.#retired.delete(slot);
  }

  get(slot: number): Slot | undefined {
    return this.#slots.get(slot);
  }

  /** By number. */
  all(): Slot[] {
    return [...this.#slots.values()].sort((one, other) => one.slot - other.slot);
  }

  /** By number, without those that were retired. */
  of({ role }: ResolvedRole): Slot[] {
    return this.all().filter((slot) => slot.role.role === role && !this.#retired.has(slot));
  }
}
