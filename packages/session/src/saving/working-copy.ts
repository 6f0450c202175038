// What one request holds of a session: what it loaded, or saved last, against which its next save is told.
import type { Stored } from '../formats/format.js';

/**
 * - `fresh`: it is a new one, which nobody has saved.
 * - `unread`: nobody has looked what is there. A save replaces it.
 * - `gone`: it was there, and is not any more.
 * - `detached`: it is of no store, which could not be reached: nothing of it is saved.
 */
export type Base = Stored | 'fresh' | 'unread' | 'gone' | 'detached';

export class WorkingCopy {
  /** Where it is: another one once somebody has given it a new id. */
  id: string;
  base: Base;
  /** By their marks, what saves of a fresh one have attempted to write: a call that failed may have been carried out. */
  readonly attempted = new Set<string>();
  /** Whether what the request has is all that is stored. If not, others' changes were merged in when it saved. */
  isWhole = true;
  readonly #askedFor: string;
  #last: Promise<unknown> | undefined;

  /** @param askedFor the id that the request came with. */
  constructor(id: string, base: Base, askedFor = id) {
    this.id = id;
    this.base = base;
    this.#askedFor = askedFor;
  }

  /** Whether whoever says this id means it. */
  answersTo(id: string): boolean {
    return id === this.id || id === this.#askedFor;
  }

  /** Whether nothing is under way that could change it. */
  get isAtRest(): boolean {
    return this.#last === undefined;
  }

  /** One after the other, as the next save is told against what this one leaves. */
  inOrder<Output>(work: () => Promise<Output>): Promise<Output> {
    const turn = this.#last ? this.#last.then(work, work) : work();
    const end = () => {
      if (this.#last === turn) this.#last = undefined;
    };
    this.#last = turn;
    turn.then(end, end);
    return turn;
  }
}
