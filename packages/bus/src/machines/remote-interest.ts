// What other machines listen to. The router sends a message to them if one of them listens to its topic.

import { isReserved, MAX_SUBSCRIPTIONS, MAX_TOPIC_LENGTH } from '../topics/topic.js';
import type { RemoteMachine } from './remote-machine.js';

/** Until a machine has introduced itself, it may listen to any topic. */
const ANYTHING = '**';

/** The most topics and patterns of one machine: as many as ten processes may listen to. */
const MAX_PATTERNS = 10 * MAX_SUBSCRIPTIONS;

export class RemoteInterest {
  /** How many machines listen to a topic or pattern. */
  readonly #machines = new Map<string, number>();
  readonly #changed: (pattern: string, isOn: boolean) => void;

  /** @param changed called when the first machine begins to listen to a pattern, and when the last one stops. */
  constructor(changed: (pattern: string, isOn: boolean) => void) {
    this.#changed = changed;
  }

  /** Adds a machine that has not introduced itself yet. */
  add(): void {
    this.#count(ANYTHING, 1);
  }

  introduced(machine: RemoteMachine): void {
    if (machine.isIntroduced) return;
    machine.isIntroduced = true;
    this.#count(ANYTHING, -1);
  }

  listen({ patterns }: RemoteMachine, pattern: string): void {
    if (pattern === '' || pattern.length > MAX_TOPIC_LENGTH || patterns.has(pattern)) return;
    if (isReserved(pattern) || patterns.size >= MAX_PATTERNS) return;
    patterns.add(pattern);
    this.#count(pattern, 1);
  }

  unlisten({ patterns }: RemoteMachine, pattern: string): void {
    if (patterns.delete(pattern)) this.#count(pattern, -1);
  }

  remove({ isIntroduced, patterns }: RemoteMachine): void {
    if (!isIntroduced) this.#count(ANYTHING, -1);
    for (const pattern of patterns) this.#count(pattern, -1);
  }

  #count(pattern: string, by: 1 | -1): void {
    const count = (this.#machines.get(pattern) ?? 0) + by;
    if (count > 0) this.#machines.set(pattern, count);
    else this.#machines.delete(pattern);
    if (count === (by > 0 ? 1 : 0)) this.#changed(pattern, by > 0);
  }
}
