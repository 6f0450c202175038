// Calls under way, found by the member at the other end and by their id.
//
// Not a Map: V8 gives one that is filled and emptied all the time a new table again and again, and each table
// points to its successor. Once one of them has grown old, whatever was in the later ones survives until the
// next full collection. With requests in a Map, a quarter of the requester's time went into copying them.

import { randomInt } from 'node:crypto';
import type { Member } from '../../bus.js';
import { isSame } from '../../members/member.js';

const FIRST_BITS = 6;

/** The sender of a call chooses its id, but not its place in memory here. */
const SEED = randomInt(2 ** 32);

export interface Call {
  /** 0 … 2³² - 1. */
  readonly id: number;
  /** The member at the other end. */
  readonly member: Member;
  /** The next one in the same cell. */
  next: this | undefined;
}

export class CallTable<Item extends Call> {
  #bits = FIRST_BITS;
  #cells = emptyCells<Item>(FIRST_BITS);
  #size = 0;

  add(item: Item): void {
    if (this.#size === this.#cells.length) this.#grow();
    this.#size++;
    this.#put(item);
  }

  get(member: Member, id: number): Item | undefined {
    let item = this.#cells[this.#cellOf(id)];
    while (item !== undefined && (item.id !== id || !isSame(item.member, member))) item = item.next;
    return item;
  }

  /** @returns whether it was there. */
  delete(item: Item): boolean {
    const cell = this.#cellOf(item.id);
    let before: Item | undefined;
    let one = this.#cells[cell];
    while (one !== undefined && one !== item) {
      before = one;
      one = one.next;
    }
    if (one === undefined) return false;
    if (before === undefined) this.#cells[cell] = item.next;
    else before.next = item.next;
    item.next = undefined;
    this.#size--;
    return true;
  }

  /** All, in no particular order. */
  get all(): readonly Item[] {
    const items: Item[] = [];
    for (const first of this.#cells) {
      for (let item = first; item !== undefined; item = item.next) items.push(item);
    }
    return items;
  }

  #put(item: Item): void {
    const cell = this.#cellOf(item.id);
    item.next = this.#cells[cell];
    this.#cells[cell] = item;
  }

  #grow(): void {
    const items = this.all;
    this.#bits++;
    this.#cells = emptyCells(this.#bits);
    for (const item of items) this.#put(item);
  }

  /** Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4). */
  #cellOf(id: number): number {
    return Math.imul(id ^ SEED, 0x9e3779b1) >>> (32 - this.#bits);
  }
}

function emptyCells<Item>(bits: number): (Item | undefined)[] {
  return new Array<undefined>(2 ** bits).fill(undefined);
}
