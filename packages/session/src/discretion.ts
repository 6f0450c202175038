// Errors without session ids in them.

interface Telling extends Error {
  /** ioredis: what was sent, texts of sessions included. */
  command?: { name?: unknown; args?: unknown };
  /** Of the store. */
  key?: string | undefined;
}

/**
 * Takes out of an error, and its causes, what was sent to Redis; and the keys, where they are ids of sessions.
 *
 * @returns the same error.
 */
export function discreet(error: unknown, areKeysIds: boolean): unknown {
  for (let one = error; one instanceof Error; one = one.cause) {
    const telling: Telling = one;
    if (telling.command) telling.command = { name: telling.command.name };
    if (!areKeysIds) continue;
    if (telling.key !== undefined) telling.key = undefined;
    const { message, stack } = telling;
    telling.message = withoutQuotes(message);
    if (stack !== undefined) telling.stack = stack.replace(message, telling.message);
  }
  return error;
}

/** Keys are quoted in messages, and nothing else of ours is. */
function withoutQuotes(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
}
