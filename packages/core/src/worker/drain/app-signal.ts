// The app's own shutdown code: its listeners for SIGTERM, called as if the signal had come.
import { constants } from 'node:os';
import { appListeners } from '../app/signals.js';

/**
 * Settles when what the listeners returned has. Those for SIGINT are called only where the app has none for SIGTERM: a
 * process manager such as PM2 ends it with that.
 *
 * @returns `undefined` where there are none
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

/** Whether it has any that a signal would call, or would be ended by one. */
export function hasSignalListeners(): boolean {
  return appListeners('SIGTERM').length + appListeners('SIGINT').length > 0;
}
