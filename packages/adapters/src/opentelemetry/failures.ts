// What a span says of an error: never its message.

/** The `code` of an error, else its name, for `error.type`. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
