// Ends a worker whose code failed to run.
import { setImmediate } from 'node:timers';
import { types } from 'node:util';

/**
 * Ends the worker like an uncaught exception: if an app caught the rejection of startCluster(), the worker would otherwise
 * stay and never serve.
 *
 * Node prints the line from which an exception was last thrown, which would be one in this file. For an unhandled rejection
 * it prints the line where the error was created, which is the app's. If the app or Node's flags handle rejections, the
 * error is thrown after all.
 */
export function crashWith(error: unknown): Promise<never> {
  let told = false;
  if (types.isNativeError(error)) {
    process.once('uncaughtExceptionMonitor', (heard) => {
      told = heard === error;
    });
    void Promise.reject(error);
  }
  setImmediate(() => {
    if (!told) throw error;
  });
  return new Promise(() => {});
}
