// One event after the other: what is done about one may bring on the next.

export class EventQueue<Event> {
  readonly #react: (event: Event) => void;
  readonly #waiting: Event[] = [];
  #isReacting = false;

  constructor(react: (event: Event) => void) {
    this.#react = react;
  }

  /** Reacts at once, or once the event that is reacted to is done with. */
  push(event: Event): void {
    this.#waiting.push(event);
    if (this.#isReacting) return;
    this.#isReacting = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#react(next);
    this.#isReacting = false;
  }
}
