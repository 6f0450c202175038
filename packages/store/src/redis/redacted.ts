/**
 * An error of Redis or its client as the cause of one of the store's: without what was sent.
 *
 * ioredis hangs the command on its errors, arguments and all: the password of `AUTH`, the value of `SET`. A server repeats
 * the arguments of a command that it does not know. So what becomes a cause is a copy, which has the name, the message, the
 * code and the stack, and of other fields only those that say where it happened; and the same of its own causes.
 */
import { isStoreRejection } from '../rejection.js';

/** Of the system's errors (https://nodejs.org/api/errors.html#class-systemerror). */
const KEPT = ['code', 'errno', 'syscall', 'hostname', 'address', 'port'] as const;
/** An error has no more causes below each other than this. */
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

/** What a message repeats of a command, or of a URL. */
export function withoutArguments(text: string): string {
  return text
    .replace(/, with args beginning with:[^\n]*/g, '')
    .replace(/([a-z][a-z+.-]*:\/\/)[^\s/?#]*@/gi, '$1***@');
}
