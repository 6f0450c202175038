// Messages that are sent before this process knows the other members. They wait in order, within a bound.

import { trace } from '../trace.js';
import { warnOfDrops } from '../wire/outbox/drop-warning.js';

interface Waiting {
  run(): void;
  readonly bytes: number;
  /** Of a call. A broadcast may be dropped instead. */
  readonly refuse: ((error: Error) => void) | undefined;
}

export class PreJoinQueue {
  /** In bytes. */
  limit: number;
  /** How many broadcasts were dropped. */
  dropped = 0;
  readonly #waiting = new Set<Waiting>();
  #bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  get isFull(): boolean {
    return this.#bytes > this.limit;
  }

  /** Beyond so much above the limit, the oldest broadcasts are dropped. */
  addBroadcast(run: () => void, bytes: number, slack: number): void {
    this.#add({ run, bytes, refuse: undefined });
    if (this.#bytes <= this.limit + slack) return;
    for (const one of this.#waiting) {
      if (this.#bytes <= this.limit + slack) break;
      if (one.refuse !== undefined) continue;
      this.#delete(one);
      this.dropped++;
      trace('drops a broadcast from before it joined: no room');
      warnOfDrops();
    }
  }

  /** @returns what takes it back; `undefined` where it has no room. */
  addCall(run: () => void, bytes: number, refuse: (error: Error) => void) {
    if (!this.isEmpty && this.#bytes + bytes > this.limit) return undefined;
    const call = this.#add({ run, bytes, refuse });
    return () => this.#delete(call);
  }

  runAll(): void {
    for (const one of this.#waiting) {
      this.#delete(one);
      one.run();
    }
  }

  /** Of a primary that will not know this process. */
  refuseCalls(error: Error): void {
    for (const one of this.#waiting) {
      if (one.refuse === undefined) continue;
      this.#delete(one);
      one.refuse(error);
    }
  }

  #add(one: Waiting): Waiting {
    this.#waiting.add(one);
    this.#bytes += one.bytes;
    return one;
  }

  #delete(one: Waiting): void {
    if (this.#waiting.delete(one)) this.#bytes -= one.bytes;
  }
}
