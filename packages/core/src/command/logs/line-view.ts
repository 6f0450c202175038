// One line of a worker, for people and for programs. It may hold anything, and takes over no terminal.
import type { LogLine } from '../../extensions/logs/log-line.js';
import { printable } from '../../text/printable.js';
import type { Style } from '../view/style.js';

/** Characters of a line. */
const MAX_CHARACTERS = 16 * 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOURS = /(\u001b\[[\d;:]{0,40}m)/;

/** `2 | its text`. On a terminal with colours the text keeps its own, and no other sequence. */
export function lineView(
  { at, slot, stream, text }: LogLine,
  style: Style,
  isColoured: boolean,
): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const bar = stream === 'stderr' ? style.red('|') : style.dim('|');
  const bare = isColoured ? coloured(text) : printable(text, MAX_CHARACTERS);
  return `${style.dim(time)} ${style.cyan(String(slot))} ${bar} ${bare}`;
}

/** Colours end with the line. */
function coloured(text: string): string {
  const parts = text.slice(0, MAX_CHARACTERS).split(COLOURS);
  if (parts.length === 1) return printable(text, MAX_CHARACTERS);
  const kept = parts.map((part, index) =>
    index % 2 === 1 ? part : printable(part, MAX_CHARACTERS),
  );
  return `${kept.join('')}\u001b[0m`;
}

const NOT_IN_JSON = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Whole. JSON escapes most of what a terminal would obey, and this the rest. */
export function jsonLine({ at, ...line }: LogLine): string {
  const whole = JSON.stringify({ time: new Date(at).toISOString(), ...line });
  return whole.replaceAll(
    NOT_IN_JSON,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
