// From promises to the callbacks of express-session.

export type Callback<Value> = (error: unknown, value?: Value) => void;

/**
 * Hands the outcome to the callback, once, and from outside of every promise: what the callback throws is an uncaught
 * exception as it would be anywhere else, and neither a failure of the store nor a reason to call it again.
 *
 * Without a callback the outcome is of interest to nobody, a failure included.
 */
export function settle<Value>(
  outcome: Promise<Value>,
  callback: Callback<Value> | undefined,
): void {
  outcome.then(
    (value) => callback && process.nextTick(callback, null, value),
    (error: unknown) => callback && process.nextTick(callback, error),
  );
}
