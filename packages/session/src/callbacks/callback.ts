// From promises to the callbacks of express-session, and to promises where a caller gives none.
import { nextTick } from '@muster/codec/timers';
import { InvalidArgumentError } from '@muster/store';
import { reportMisuse, reportThrown } from './warnings.js';

export type Callback<Value> = (error: unknown, value?: Value) => void;

/** `now`: a call that has nothing to wait for calls back before it returns, as @fastify/session's own store does. */
export type Earliest = 'now' | 'after the call';

/**
 * Makes the call, and hands its outcome to the callback, once and from outside of every promise. What the callback throws
 * is reported, and is neither a failure of the store nor a reason to call it again.
 *
 * @param call makes nothing, and gives `undefined`, where it has nothing to do.
 * @returns the outcome where there is no callback. It is never an unhandled rejection: a caller that does not wait for it
 *   does not ask how the call ended. With a callback that is no function, it rejects, and the call is not made.
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

function noFunction(callback: unknown): InvalidArgumentError {
  const what = Array.isArray(callback) ? 'an array' : `of type ${typeof callback}`;
  return new InvalidArgumentError(
    `A session store calls back a function, and this callback is ${what}; leave it out to get a promise`,
  );
}
