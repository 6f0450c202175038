// Which messages should wait, as some member cannot take more of them.

import type { Member } from './bus.js';
import type { Address } from './frame.js';
import { names } from './member.js';

export class Gate {
  readonly #full = new Map<string, { member: Member; topics: Set<string> }>();
  #waiting: (() => void)[] = [];

  stop(stamp: string, member: Member, topic: string): void {
    const known = this.#full.get(stamp);
    if (known) known.topics.add(topic);
    else this.#full.set(stamp, { member, topics: new Set([topic]) });
  }

  go(stamp: string): void {
    if (this.#full.delete(stamp)) this.changed();
  }

  /** Whether a message would go to a member that is full. */
  holds(topic: string, address: Address): boolean {
    if (this.#full.size === 0) return false;
    for (const { member, topics } of this.#full.values()) {
      if (topics.has(topic) && names(address, member)) return true;
    }
    return false;
  }

  /** Those that wait look again. */
  changed(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  /** Resolves at the next change. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
