// The last events, in bounded memory: 500 of some kilobytes each at most.
import { timeOfDay } from '@muster/codec/timers';
import type { ConsoleEvent } from '../protocol.js';

const MAX_EVENTS = 500;
const MAX_CHARACTERS = 4_000;

export type NewEvent = Omit<ConsoleEvent, 'id' | 'at'>;

export class EventLog {
  readonly #events: ConsoleEvent[] = [];
  readonly #heard: (event: ConsoleEvent) => void;
  #lastId = 0;

  constructor(heard: (event: ConsoleEvent) => void) {
    this.#heard = heard;
  }

  /** Oldest first. */
  get all(): readonly ConsoleEvent[] {
    return this.#events;
  }

  add(event: NewEvent): void {
    this.#lastId += 1;
    const text = event.text.slice(0, MAX_CHARACTERS);
    const added = { ...event, text, id: this.#lastId, at: timeOfDay() };
    this.#events.push(added);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    this.#heard(added);
  }
}
