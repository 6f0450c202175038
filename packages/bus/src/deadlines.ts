// When each of many waits ends: a heap by the time of their end, and one timer for all. A timer for each costs more than
// the wait; one for each duration would stay behind where durations differ from call to call.

import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { MOST_MS } from '@muster/codec/timers';

/** The items that wait. */
export interface HasDeadline {
  /** By performance.now(). May be `Infinity`. */
  readonly endsAt: number;
  /** Where it is in the heap; -1 where it is not. */
  place: number;
}

export class Deadlines<Item extends HasDeadline> {
  readonly #late: (item: Item) => void;
  readonly #keepsAlive: boolean;
  readonly #heap: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer comes. */
  #armedFor = Number.POSITIVE_INFINITY;

  /**
   * @param late called once with each that is still there when its time is over.
   * @param keepsAlive whether a wait keeps the process alive.
   */
  constructor(late: (item: Item) => void, keepsAlive: boolean) {
    this.#late = late;
    this.#keepsAlive = keepsAlive;
  }

  add(item: Item): void {
    this.#heap.push(item);
    this.#up(item, this.#heap.length - 1);
    if (this.#timer === undefined || item.endsAt < this.#armedFor) this.#arm();
    else if (this.#heap.length === 1 && this.#keepsAlive) this.#timer.ref();
  }

  delete(item: Item): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop() as Item;
    if (last !== item) this.#down(last, this.#up(last, place));
    // A process with nothing else to do may end.
    if (this.#heap.length === 0) this.#timer?.unref();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [first] = this.#heap;
    if (first === undefined) return;
    const now = performance.now();
    const ms = Math.min(Math.max(1, Math.ceil(first.endsAt - now)), MOST_MS);
    this.#armedFor = now + ms;
    this.#timer = setTimeout(() => this.#look(), ms);
    if (!this.#keepsAlive) this.#timer.unref();
  }

  #look(): void {
    const now = performance.now();
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || first.endsAt > now) break;
      this.delete(first);
      this.#late(first);
    }
    this.#arm();
  }

  /** @returns where it has come to. */
  #up(item: Item, from: number): number {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Item;
      if (parent.endsAt <= item.endsAt) break;
      heap[at] = parent;
      parent.place = at;
      at = above;
    }
    heap[at] = item;
    item.place = at;
    return at;
  }

  #down(item: Item, from: number): void {
    const heap = this.#heap;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      const right = heap[below + 1];
      if (right !== undefined && right.endsAt < (heap[below] as Item).endsAt) below++;
      const child = heap[below];
      if (child === undefined || child.endsAt >= item.endsAt) break;
      heap[at] = child;
      child.place = at;
      at = below;
    }
    heap[at] = item;
    item.place = at;
  }
}
