// What a span says of an error: never its message, and never a text that may be one.

/** Such as ECONNRESET, ERR_INVALID_ARG_TYPE or MUSTER_WRONG_TYPE, and the five characters of an SQLSTATE such as 42P01. */
const CODE = /^(?:[A-Z][A-Z0-9_]{0,63}|[A-Z0-9]{5})$/;
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/** The `code` of an error, else its name, for `error.type`. `_OTHER` if neither of them looks like one. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code, name } = error as { code?: unknown; name: unknown };
  if (typeof code === 'string' && CODE.test(code)) return code;
  return typeof name === 'string' && NAME.test(name) ? name : '_OTHER';
}
