// Which of the kept lines somebody wants: a pure function.
import { InvalidOptionError } from '../../errors.js';
import type { LogLine } from './log-line.js';

export interface RecentLines {
  /** How many, at most. Default: 100. */
  readonly count?: number | undefined;
  /** Milliseconds since the epoch: none is older. Default: any age. */
  readonly since?: number | undefined;
}

const MAX_LINES = 100_000;
const DEFAULT_COUNT = 100;
/** Characters of all, and what a line takes besides its text: an answer has a limit. */
const MAX_CHARACTERS = 2 * 1024 * 1024;
export const LINE_CHARACTERS = 100;

/** The newest of them, oldest first. @throws InvalidOptionError */
export function recentLines(
  lines: readonly LogLine[],
  { count = DEFAULT_COUNT, since = 0 }: RecentLines,
): LogLine[] {
  if (!(Number.isSafeInteger(count) && count >= 0 && count <= MAX_LINES)) {
    throw new InvalidOptionError(`count: ${count} is not a whole number of 0 to ${MAX_LINES}.`);
  }
  const young = lines.filter(({ at }) => at >= since);
  const found = count === 0 ? [] : young.slice(-count);
  let room = MAX_CHARACTERS;
  const from = found.findLastIndex(({ text }) => {
    room -= text.length + LINE_CHARACTERS;
    return room < 0;
  });
  return found.slice(from + 1);
}
