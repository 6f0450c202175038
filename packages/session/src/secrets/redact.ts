// Takes session ids out of errors.
import { isError } from '@muster/codec/thrown';

interface RevealingError extends Error {
  /** Of ioredis: what was sent, texts of sessions included. */
  command?: { name?: unknown; args?: unknown };
  /** Of a store's error. */
  key?: string | undefined;
}

/**
 * Takes what was sent to Redis out of an error and its causes, and the keys as well if they are ids of sessions. A cause
 * that cannot be read or changed is left out.
 *
 * @returns the same error.
 */
export function redact(error: unknown, areKeysIds: boolean): unknown {
  const passed = new Set<unknown>();
  let above: Error | undefined;
  for (let one = error; isError(one) && !passed.has(one); one = causeOf(one)) {
    passed.add(one);
    try {
      redactOne(one, areKeysIds);
    } catch {
      if (above) Reflect.defineProperty(above, 'cause', { value: undefined });
      break;
    }
    above = one;
  }
  return error;
}

function causeOf(error: Error): unknown {
  try {
    return error.cause;
  } catch {
    return undefined;
  }
}

function redactOne(error: RevealingError, areKeysIds: boolean): void {
  if (error.command) error.command = { name: error.command.name };
  if (!areKeysIds) return;
  if (error.key !== undefined) error.key = undefined;
  const { message, stack } = error;
  error.message = withoutQuotes(message);
  if (stack !== undefined) error.stack = stack.replace(message, error.message);
}

/** Messages of the store quote keys, and nothing else. */
function withoutQuotes(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
}
