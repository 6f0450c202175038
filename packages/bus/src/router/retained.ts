// The last value of each topic that was sent with `retain`, for listeners that come later.

import { type Body, lengthOf } from '../wire/body.js';
import type { Address } from '../wire/frame.js';

/** How much is kept of all topics together, in characters. The topics that were set longest ago go first. */
const MAX_CHARS = 64 * 1024 * 1024;

export interface RetainedValue {
  readonly topic: string;
  /** Grows with every value: a listener takes each value once, and none that is older than the last. */
  readonly version: number;
  readonly stamp: string;
  /** Whom it is for. */
  readonly target: Address;
  readonly self: boolean;
  readonly body: Body;
}

export class Retained {
  readonly #values = new Map<string, RetainedValue>();
  #lastVersion = 0;
  #chars = 0;

  nextVersion(): number {
    return ++this.#lastVersion;
  }

  set(value: RetainedValue): void {
    this.#delete(value.topic);
    this.#values.set(value.topic, value);
    this.#chars += lengthOf(value.body);
    for (const topic of this.#values.keys()) {
      if (this.#chars <= MAX_CHARS) break;
      this.#delete(topic);
    }
  }

  /** The values of these topics, oldest first. */
  *of(wanted: (topic: string) => boolean): Iterable<RetainedValue> {
    for (const value of this.#values.values()) if (wanted(value.topic)) yield value;
  }

  #delete(topic: string): void {
    const value = this.#values.get(topic);
    if (value === undefined) return;
    this.#chars -= lengthOf(value.body);
    this.#values.delete(topic);
  }
}
