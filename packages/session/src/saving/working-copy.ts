// What one request has of a session. Its next save compares with the base: what it loaded, or saved last.
import type { Stored } from '../formats/format.js';

/**
 * - `fresh`: a new session, which nobody has saved.
 * - `unread`: nobody has read what is stored. A save replaces it.
 * - `gone`: the session was stored, and is not any more.
 * - `detached`: the store could not be reached when it was loaded. It is never saved.
 */
export type Base = Stored | 'fresh' | 'unread' | 'gone' | 'detached';

export class WorkingCopy {
  /** The session's id: another one once somebody has given it a new id. */
  id: string;
  base: Base;
  /** Marks of what saves of a fresh session tried to write: a call that failed may have been carried out all the same. */
  readonly attempted = new Set<string>();
  /** Whether the request has all that is stored. If not, changes of others were merged in when it saved. */
  isWhole = true;
  readonly #askedFor: string;
  #last: Promise<unknown> | undefined;

  /** @param askedFor the id that the request came with. */
  constructor(id: string, base: Base, askedFor = id) {
    this.id = id;
    this.base = base;
    this.#askedFor = askedFor;
  }

  /** Whether this id means this session. */
  answersTo(id: string): boolean {
    return id === this.id || id === this.#askedFor;
  }

  /** Whether no work is under way that could change it. */
  get isAtRest(): boolean {
    return this.#last === undefined;
  }

  /** Runs one work after the other: the next save compares with what this one leaves. */
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
