// Text that somebody else has written, for a line of the log or a page: it stays within its line, and in bounds.

/** Control characters, and those that break a line or turn its direction where it is shown. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** `text` with `?` in the place of what cannot be printed, in at most `most` characters (default 1,000). */
export function printable(text: string, most = 1_000): string {
  const short = text.length <= most ? text : `${text.slice(0, most - 1)}…`;
  return short.replaceAll(UNPRINTABLE, '?');
}
