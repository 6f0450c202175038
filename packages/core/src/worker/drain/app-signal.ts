// Calls the app's own shutdown code: its listeners for SIGTERM, as if the signal had arrived.
import { constants } from 'node:os';
import { appListeners } from '../app/signals.js';

/**
 * Settles when the promises that the listeners returned have settled. Listeners for SIGINT are called only if the app has
 * none for SIGTERM: a process manager such as PM2 sends SIGINT.
 *
 * @returns `undefined` if there are none
 */
export function callSignalListeners(): Promise<unknown> | undefined {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const listeners = appListeners(signal);
    if (listeners.length === 0) continue;
    return Promise.all(
      listeners.map(async (listener) => {
        try {
          await Reflect.apply(listener, process, [signal, constants.signals[signal]]);
        } catch (error) {
          console.error(`muster: a listener for ${signal} failed; the drain goes on.`, error);
        }
      }),
    );
  }
  return undefined;
}

/** Whether the app has listeners for SIGTERM or SIGINT. */
export function hasSignalListeners(): boolean {
  return appListeners('SIGTERM').length + appListeners('SIGINT').length > 0;
}
