// The last value of each topic that was sent with `retain`, for listeners that come later.

import { performance } from 'node:perf_hooks';
import { Deadlines } from '../deadlines.js';
import { trace } from '../trace.js';
import type { Body } from '../wire/body.js';
import { costOf } from '../wire/cost.js';
import type { Address } from '../wire/frame.js';

/** How much all topics together may take, their names and what holds them included, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The memory of an entry beside its topic and its value, about, in bytes. */
const ENTRY_BYTES = 300;

export class RetainedValue {
  readonly topic: string;
  /** Grows with every value: a listener takes each value once, and none that is older than the last. */
  readonly version: number;
  readonly stamp: string;
  /** Whom it is for. */
  readonly target: Address;
  readonly self: boolean;
  readonly body: Body;
  /** By performance.now(). */
  readonly endsAt: number;
  place = -1;
  /** The values that were set before and after it. */
  older: RetainedValue | undefined;
  newer: RetainedValue | undefined;

  constructor(value: Omit<RetainedValue, 'place' | 'older' | 'newer' | 'hasEnded'>) {
    this.topic = value.topic;
    this.version = value.version;
    this.stamp = value.stamp;
    this.target = value.target;
    this.self = value.self;
    this.body = value.body;
    this.endsAt = value.endsAt;
  }

  /** Its time is over. The timer that removes it may come later, in a process that is busy. */
  get hasEnded(): boolean {
    return this.endsAt <= performance.now();
  }
}

export class RetainedValues {
  /** How many values were dropped for want of room. */
  dropped = 0;
  /** In the order in which they were set. */
  readonly #values = new Map<string, RetainedValue>();
  readonly #expiry = new Deadlines<RetainedValue>((value) => this.#remove(value), false);
  // Linked: a new iterator of the map passes over all that V8 has not given back yet, and one that is kept holds what was deleted.
  #oldest: RetainedValue | undefined;
  #newest: RetainedValue | undefined;
  #lastVersion = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#values.size;
  }

  get lastVersion(): number {
    return this.#lastVersion;
  }

  nextVersion(): number {
    return ++this.#lastVersion;
  }

  get(topic: string): RetainedValue | undefined {
    const value = this.#values.get(topic);
    return value?.hasEnded ? undefined : value;
  }

  /** All values, in the order in which they were set. Values that are set during the iteration are included. */
  values(): IterableIterator<RetainedValue> {
    return this.#values.values();
  }

  /** Keeps a value unless there is a newer one of its topic. The values that were set longest ago make room. */
  set(value: RetainedValue): void {
    const before = this.#values.get(value.topic);
    if (before !== undefined) {
      if (before.version > value.version) return;
      this.#remove(before);
    }
    this.#values.set(value.topic, value);
    value.older = this.#newest;
    if (this.#newest) this.#newest.newer = value;
    else this.#oldest = value;
    this.#newest = value;
    this.#bytes += bytesOf(value);
    if (value.endsAt < Number.POSITIVE_INFINITY) this.#expiry.add(value);
    while (this.#bytes > MAX_BYTES) this.#dropOldest();
  }

  delete(topic: string): void {
    const value = this.#values.get(topic);
    if (value !== undefined) this.#remove(value);
  }

  #dropOldest(): void {
    const oldest = this.#oldest as RetainedValue;
    trace('drops the retained value of %s: no room', oldest.topic);
    this.#remove(oldest);
    this.dropped++;
  }

  #remove(value: RetainedValue): void {
    const { older, newer } = value;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    value.older = undefined;
    value.newer = undefined;
    this.#values.delete(value.topic);
    this.#bytes -= bytesOf(value);
    this.#expiry.delete(value);
  }
}

function bytesOf({ topic, body }: RetainedValue): number {
  return costOf(topic, body) + ENTRY_BYTES;
}
