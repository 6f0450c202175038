/**
 * Raises the listener limit of emitters that Muster shares with the app. Node's limit of 10 remains for the app's own
 * listeners, so that a warning of a leak means a leak.
 */
import type { EventEmitter } from 'node:events';

/** More than all parts of Muster together add to one event. */
const OURS = 30;

/** Call it once for each emitter. */
export function raiseListenerLimit(...emitters: readonly EventEmitter[]): void {
  for (const emitter of emitters) {
    const limit = emitter.getMaxListeners();
    // 0 means no limit.
    if (limit > 0) emitter.setMaxListeners(limit + OURS);
  }
}
