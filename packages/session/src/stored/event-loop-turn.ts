/**
 * The end of this turn of the event loop. On the embedded engine saves wait for it: those of all requests that came in one
 * turn share a transaction. (The Redis engine does the same by itself.) Calls that come between a save and the end of its
 * turn wait as well, so that calls keep their order.
 */
import { setImmediate } from 'node:timers';

export class EventLoopTurn {
  #end: Promise<void> | undefined;

  /** Set while something waits for the end of this turn. */
  get pending(): Promise<void> | undefined {
    return this.#end;
  }

  end(): Promise<void> {
    this.#end ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#end = undefined;
        resolve();
      });
    });
    return this.#end;
  }
}
