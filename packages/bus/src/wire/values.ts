// Retained values that wait to leave. The newest of its topic says how things are: where room is short, older ones go first.

import {
  type Address,
  FIRST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readRetainedFor,
} from './frame.js';
import { readFirst } from './long.js';

interface Value {
  readonly topic: string;
  readonly address: Address;
  readonly place: number;
}

/** By place, in the order in which they were sent. */
interface Line {
  readonly all: Map<number, Value>;
  /** Those of whose topic a newer one waits, whoever sent that. */
  readonly older: Map<number, Value>;
}

export class Values {
  /** By address: on the way from the primary, the sender. */
  readonly #lines = new Map<unknown, Line>();
  readonly #newest = new Map<string, Value>();

  add(topic: string, address: Address, place: number): void {
    const value = { topic, address, place };
    const before = this.#newest.get(topic);
    if (before !== undefined) this.#lineOf(before.address).older.set(before.place, before);
    this.#newest.set(topic, value);
    this.#lineOf(address).all.set(place, value);
  }

  /** It waits no longer. */
  delete(address: Address, place: number): void {
    const key = keyOf(address);
    const line = this.#lines.get(key);
    const value = line?.all.get(place);
    if (line === undefined || value === undefined) return;
    line.all.delete(place);
    line.older.delete(place);
    if (line.all.size === 0) this.#lines.delete(key);
    if (this.#newest.get(value.topic) === value) this.#newest.delete(value.topic);
  }

  /**
   * The place of the value that is to be dropped next.
   *
   * @param which those of whose topic a newer one waits, or all
   * @param sender whose alone are meant
   */
  oldest(which: keyof Line, sender: string | undefined): number | undefined {
    const lines = sender === undefined ? this.#lines.values() : [this.#lines.get(sender)];
    let oldest: number | undefined;
    for (const line of lines) {
      for (const place of line?.[which].keys() ?? []) {
        if (oldest === undefined || place < oldest) oldest = place;
        break;
      }
    }
    return oldest;
  }

  #lineOf(address: Address): Line {
    const key = keyOf(address);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { all: new Map(), older: new Map() };
      this.#lines.set(key, line);
    }
    return line;
  }
}

/** A list of targets is no key of its own. */
function keyOf(address: Address): unknown {
  return typeof address === 'object' ? null : address;
}

/** The topic of a retained value, or of the first part of one. `undefined` for what is none. */
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
