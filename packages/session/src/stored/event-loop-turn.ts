/**
 * The end of this turn of the event loop, for which saves wait on the embedded engine: those of all requests that came in
 * it share one transaction. (The Redis engine does the same by itself.) Whatever is called after a save, and before that,
 * waits too, so that calls keep their order.
 */

import { setImmediate } from 'node:timers';

export class EventLoopTurn {
  #end: Promise<void> | undefined;

  /** What to wait for, where something waits already. */
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
