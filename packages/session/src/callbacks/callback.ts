// The stores call back, as express-session asks for, or return a promise to a caller that gives no callback.
import { nextTick } from '@muster/codec/timers';
import { InvalidOptionError } from '@muster/store';
import { reportMisuse, reportThrown } from './warnings.js';

export type Callback<Value> = (error: unknown, value?: Value) => void;

/** `now`: a call with nothing to wait for calls back before it returns, as @fastify/session's own store does. */
export type Earliest = 'now' | 'after the call';

/**
 * Makes the call, and gives its outcome to the callback, once and outside of every promise. An error that the callback
 * throws is reported; it is neither a failure of the store nor a reason to call back again.
 *
 * @param call returns `undefined` if it has nothing to do.
 * @returns the outcome if there is no callback. It is never an unhandled rejection: a caller that does not wait for it does
 *   not ask how the call ended. If the callback is not a function, it rejects, and the call is not made.
 */
export function callbackOrPromise<Value>(
  call: () => Promise<Value> | undefined,
  callback: Callback<Value> | null | undefined,
  earliest: Earliest = 'after the call',
): Promise<Value> | undefined {
  if (callback === undefined || callback === null) {
    return handled(call() ?? (Promise.resolve() as Promise<Value>));
  }
  if (typeof callback !== 'function') {
    const error = noFunction(callback);
    reportMisuse(error);
    return handled(Promise.reject(error));
  }
  const run = (...outcome: Parameters<Callback<Value>>): void => {
    try {
      callback(...outcome);
    } catch (error) {
      reportThrown(error);
    }
  };
  const outcome = call();
  if (outcome) {
    outcome.then(
      (value) => nextTick(run, null, value),
      (error: unknown) => nextTick(run, error),
    );
  } else if (earliest === 'now') run(null);
  else nextTick(run, null);
  return undefined;
}

function handled<Value>(outcome: Promise<Value>): Promise<Value> {
  outcome.catch(() => {});
  return outcome;
}

function noFunction(callback: unknown): InvalidOptionError {
  const what = Array.isArray(callback) ? 'an array' : `of type ${typeof callback}`;
  return new InvalidOptionError(
    `A session store calls back a function, and this callback is ${what}; leave it out to get a promise`,
  );
}
