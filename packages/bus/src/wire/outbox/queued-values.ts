// Retained values that wait to leave. The newest of its topic says how things are: where room is short, older ones go first.

import {
  type Address,
  FIRST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readRetainedFor,
} from '../frame.js';
import { readFirst } from '../pieces.js';

interface QueuedValue {
  readonly topic: string;
  readonly address: Address;
  readonly place: number;
}

/** By place, in the order in which they were sent. */
interface SenderValues {
  readonly all: Map<number, QueuedValue>;
  /** The values behind which a newer one of their topic waits, from any sender. */
  readonly older: Map<number, QueuedValue>;
}

export class QueuedValues {
  /** By address: on the way from the primary, the sender. */
  readonly #bySender = new Map<unknown, SenderValues>();
  readonly #newest = new Map<string, QueuedValue>();

  add(topic: string, address: Address, place: number): void {
    const value = { topic, address, place };
    const before = this.#newest.get(topic);
    if (before !== undefined) this.#valuesOf(before.address).older.set(before.place, before);
    this.#newest.set(topic, value);
    this.#valuesOf(address).all.set(place, value);
  }

  /** It waits no longer. */
  delete(address: Address, place: number): void {
    const key = keyOf(address);
    const values = this.#bySender.get(key);
    const value = values?.all.get(place);
    if (values === undefined || value === undefined) return;
    values.all.delete(place);
    values.older.delete(place);
    if (values.all.size === 0) this.#bySender.delete(key);
    if (this.#newest.get(value.topic) === value) this.#newest.delete(value.topic);
  }

  /**
   * The place of the value to drop next.
   *
   * @param which those of whose topic a newer one waits, or all
   * @param sender only values of this sender
   */
  oldest(which: keyof SenderValues, sender: string | undefined): number | undefined {
    const bySender = sender === undefined ? this.#bySender.values() : [this.#bySender.get(sender)];
    let oldest: number | undefined;
    for (const values of bySender) {
      for (const place of values?.[which].keys() ?? []) {
        if (oldest === undefined || place < oldest) oldest = place;
        break;
      }
    }
    return oldest;
  }

  #valuesOf(address: Address): SenderValues {
    const key = keyOf(address);
    let values = this.#bySender.get(key);
    if (values === undefined) {
      values = { all: new Map(), older: new Map() };
      this.#bySender.set(key, values);
    }
    return values;
  }
}

/** A list of targets is no key of its own. */
function keyOf(address: Address): unknown {
  return typeof address === 'object' ? null : address;
}

/** The topic of a retained value, or of its first part. `undefined` for any other packet. */
export function topicOfValue(kind: string, name: string): string | undefined {
  switch (kind) {
    case RETAINED:
    case RETAINED_SELF:
      return name;
    case RETAINED_FOR:
      return readRetainedFor(name)?.[3];
    case FIRST: {
      const long = readFirst(name);
      return long && long.kind !== FIRST ? topicOfValue(long.kind, long.name) : undefined;
    }
    default:
      return undefined;
  }
}
