/**
 * Makes an error of Redis or its client the `cause` of an error of the store, without the data that was sent.
 *
 * ioredis attaches the command with its arguments to its errors: the password of `AUTH`, the value of `SET`. A server repeats the
 * arguments of a command that it does not know. So the cause is a copy with the name, the message, the code, the stack, and the
 * fields that say where it happened. Its own causes are copied in the same way.
 */
import { isStoreRejection } from '../rejection.js';

/** Fields of system errors (https://nodejs.org/api/errors.html#class-systemerror). */
const KEPT = ['code', 'errno', 'syscall', 'hostname', 'address', 'port'] as const;
/** The most causes below each other that are copied. */
const MOST_DEPTH = 8;

export function redacted(error: undefined): undefined;
export function redacted(error: Error | undefined): Error | undefined;
export function redacted(error: unknown): unknown;
export function redacted(error: unknown, depth = 0): unknown {
  if (error === undefined || isStoreRejection(error)) return error;
  if (!(error instanceof Error) || depth > MOST_DEPTH)
    return new Error(withoutArguments(String(error)));
  const { name, message, stack, cause } = error;
  const text = withoutArguments(message);
  const below = (one: unknown) =>
    (redacted as (one: unknown, depth: number) => unknown)(one, depth + 1);
  const options = cause === undefined ? {} : { cause: below(cause) };
  const copy =
    error instanceof AggregateError
      ? new AggregateError(error.errors.slice(0, MOST_DEPTH).map(below), text, options)
      : new Error(text, options);
  const hidden = { configurable: true, writable: true };
  Object.defineProperty(copy, 'name', { value: name, ...hidden });
  if (stack !== undefined) {
    Object.defineProperty(copy, 'stack', { value: withoutArguments(stack), ...hidden });
  }
  const fields = error as Partial<Record<(typeof KEPT)[number], unknown>>;
  for (const field of KEPT) {
    if (fields[field] !== undefined) Object.assign(copy, { [field]: fields[field] });
  }
  return copy;
}

/** Removes arguments of commands and credentials of URLs from a message. */
export function withoutArguments(text: string): string {
  return text
    .replace(/, with args beginning with:[^\n]*/g, '')
    .replace(/([a-z][a-z+.-]*:\/\/)[^\s/?#]*@/gi, '$1***@');
}
