// How a worker ends whose code failed to run.
import { setImmediate } from 'node:timers';
import { types } from 'node:util';

/**
 * Ends the worker as an exception that nobody caught would: an app that catches what startCluster() rejects with would
 * else leave a worker that never serves.
 *
 * Node prints the line from which an exception was thrown last, and that would be one here. Of a rejection that nobody
 * handles it prints the line where the error was made, which is the app's. Where the app handles rejections, or Node's
 * flags do, it is thrown after all.
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
