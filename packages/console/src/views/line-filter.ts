// Which lines of logs are shown: a pure function.
import type { NumberedLine } from '../model/cluster.js';

export interface LineFilter {
  /** The number of a slot, or `''` for all. */
  readonly slot: string;
  /** Part of a line, in any case. */
  readonly text: string;
}

/** The last `most` that match, oldest first. */
export function filteredLines(
  lines: readonly NumberedLine[],
  { slot, text }: LineFilter,
  most: number,
): NumberedLine[] {
  const sought = text.toLowerCase();
  const found: NumberedLine[] = [];
  for (let index = lines.length - 1; index >= 0 && found.length < most; index--) {
    const line = lines[index];
    if (!line || (slot !== '' && String(line.slot) !== slot)) continue;
    if (sought === '' || line.text.toLowerCase().includes(sought)) found.push(line);
  }
  return found.reverse();
}
