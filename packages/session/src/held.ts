// What one request holds of a session: what it loaded, or saved last, against which its next save is told.
import type { Stored } from './formats/format.js';

/**
 * - `fresh`: it is a new one, which nobody has saved.
 * - `gone`: it was there, and is not any more.
 * - `detached`: it is of no store, which could not be reached: nothing of it is saved.
 */
export type Base = Stored | 'fresh' | 'gone' | 'detached';

export class Held {
  readonly id: string;
  base: Base;
  /** Whether what the request has is all that is stored. If not, others' changes were merged in when it saved. */
  isWhole = true;
  #last: Promise<unknown> | undefined;

  constructor(id: string, base: Base) {
    this.id = id;
    this.base = base;
  }

  /** Whether nothing is under way that could change it. */
  get isAtRest(): boolean {
    return this.#last === undefined;
  }

  /** One after the other, as the next save is told against what this one leaves. */
  inTurn<Output>(work: () => Promise<Output>): Promise<Output> {
    const turn = this.#last ? this.#last.then(work, work) : work();
    const end = () => {
      if (this.#last === turn) this.#last = undefined;
    };
    this.#last = turn;
    turn.then(end, end);
    return turn;
  }
}
