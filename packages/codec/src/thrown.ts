// Functions for values that an app has thrown. Such a value may be anything, and may throw when it is read. These functions
// never throw.

/** A revoked proxy has no prototype that could be asked for. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

/** The message of an error; of anything else its text. */
export function reasonOf(thrown: unknown): string {
  try {
    if (isError(thrown) && typeof thrown.message === 'string') return thrown.message;
  } catch {
    // A getter.
  }
  return textOfThrown(thrown);
}

/** Such as `TypeError: x is not a function`. */
export function textOfThrown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'what has no text';
  }
}

export function stackOf(thrown: unknown): string | undefined {
  try {
    return isError(thrown) && typeof thrown.stack === 'string' ? thrown.stack : undefined;
  } catch {
    return undefined;
  }
}
