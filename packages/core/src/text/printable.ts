// Makes foreign text safe to print in a line of ours: it stays within its line and within bounds.
import { stripVTControlCharacters } from 'node:util';

/** Control characters, and those that break a line or turn its direction where it is shown. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Characters that are examined for each one that is shown: some may be colours. */
const COLOURS = 4;

/**
 * `text` without colours and other terminal sequences, with `?` for every other unprintable character, in at most `most`
 * characters (default 1,000).
 */
export function printable(text: string, most = 1_000): string {
  const bare = stripVTControlCharacters(text.slice(0, COLOURS * most))
    .replaceAll('\t', '  ')
    .replaceAll(UNPRINTABLE, '?');
  if (bare.length <= most) return bare;
  // Do not keep half of a surrogate pair.
  return `${bare.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
