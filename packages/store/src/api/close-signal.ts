// Tells calls that wait for something other than the engine that the store has been closed.
import { StoreClosedError } from '../errors.js';

type End = (reason: StoreClosedError) => void;

export class CloseSignal {
  readonly #ends = new Set<End>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Calls `end` when the store is closed.
   *
   * @returns a function that ends the wait.
   * @throws StoreClosedError if the store is closed already.
   */
  wait(end: End): () => void {
    if (this.#isClosed) throw new StoreClosedError();
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end(new StoreClosedError());
    this.#ends.clear();
  }
}
