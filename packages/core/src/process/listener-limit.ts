/**
 * Room for the listeners that Muster adds to what it shares with the app: Node's limit of 10 is for the app's own, and a
 * warning of a leak is to be about one.
 */
import type { EventEmitter } from 'node:events';

/** More than all parts of Muster together add for one event. */
const OURS = 30;

/** To be called once for each. */
export function raiseListenerLimit(...emitters: readonly EventEmitter[]): void {
  for (const emitter of emitters) {
    const limit = emitter.getMaxListeners();
    // 0 is none.
    if (limit > 0) emitter.setMaxListeners(limit + OURS);
  }
}
