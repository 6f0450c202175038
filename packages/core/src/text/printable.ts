// Text that somebody else has written, for a line of ours: it stays within its line, and in bounds.
import { stripVTControlCharacters } from 'node:util';

/** Control characters, and those that break a line or turn its direction where it is shown. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Characters of what a worker wrote that may be colours, for each that is shown. */
const COLOURS = 4;

/**
 * `text` without colours and other sequences for a terminal, and with `?` in the place of what else cannot be printed, in
 * at most `most` characters (default 1,000).
 */
export function printable(text: string, most = 1_000): string {
  const bare = stripVTControlCharacters(text.slice(0, COLOURS * most))
    .replaceAll('\t', '  ')
    .replaceAll(UNPRINTABLE, '?');
  if (bare.length <= most) return bare;
  // Not a half of a character that takes two.
  return `${bare.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
