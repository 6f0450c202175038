// Errors without session ids in them.

import { isError } from '@muster/codec/thrown';

interface Telling extends Error {
  /** ioredis: what was sent, texts of sessions included. */
  command?: { name?: unknown; args?: unknown };
  /** Of the store. */
  key?: string | undefined;
}

/**
 * Takes out of an error, and its causes, what was sent to Redis; and the keys, where they are ids of sessions. A cause that
 * does not let itself be read or changed is left out.
 *
 * @returns the same error.
 */
export function discreet(error: unknown, areKeysIds: boolean): unknown {
  const passed = new Set<unknown>();
  let above: Error | undefined;
  for (let one = error; isError(one) && !passed.has(one); one = causeOf(one)) {
    passed.add(one);
    try {
      takeOut(one, areKeysIds);
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

function takeOut(telling: Telling, areKeysIds: boolean): void {
  if (telling.command) telling.command = { name: telling.command.name };
  if (!areKeysIds) return;
  if (telling.key !== undefined) telling.key = undefined;
  const { message, stack } = telling;
  telling.message = withoutQuotes(message);
  if (stack !== undefined) telling.stack = stack.replace(message, telling.message);
}

/** Keys are quoted in messages, and nothing else of ours is. */
function withoutQuotes(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
}
