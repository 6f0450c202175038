// Handles one event after the other, because handling one may cause the next.

export class EventQueue<Event> {
  readonly #react: (event: Event) => void;
  readonly #waiting: Event[] = [];
  #isReacting = false;

  constructor(react: (event: Event) => void) {
    this.#react = react;
  }

  /** Handles the event at once, or after the one that is being handled. */
  push(event: Event): void {
    this.#waiting.push(event);
    if (this.#isReacting) return;
    this.#isReacting = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#react(next);
    this.#isReacting = false;
  }
}
