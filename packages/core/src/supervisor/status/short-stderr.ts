// A crash in a few lines of stderr: the error, and where it was thrown.
import { printable } from '../../text/printable.js';

const MAX_LINES = 3;
const MAX_CHARACTERS = 200;

const FRAME = /^\s+at /;
/** What Node prints below an uncaught error: its version, and the fields of the error. */
const TRAILER = /^(?:Node\.js v\d|\s*[{}]|\s+\w+: )/;

/** At most three lines, each printable and of at most 200 characters. */
export function shortStderr(stderr: readonly string[]): string[] {
  const lines = stderr.map((line) => printable(line, MAX_CHARACTERS)).filter((line) => line.trim());
  const end = lines.findLastIndex((line) => !TRAILER.test(line)) + 1;
  const told = lines.slice(0, end === 0 ? lines.length : end);
  const first = firstFrame(told);
  return first > 0 ? told.slice(first - 1).slice(0, MAX_LINES) : told.slice(-MAX_LINES);
}

/** The first frame of the stack with which the lines end; -1 if there is none. */
function firstFrame(lines: readonly string[]): number {
  if (!FRAME.test(lines.at(-1) ?? '')) return -1;
  return lines.findLastIndex((line) => !FRAME.test(line)) + 1;
}
