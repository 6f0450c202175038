// Names and values, one a line.
import { printable } from '../../text/printable.js';
import { padTo } from './clip.js';
import type { Style } from './style.js';

export type Field = readonly [name: string, value: string];

export const INDENT = '  ';

/** Nothing is cut off: a long line wraps. */
export function fields(all: readonly Field[], style: Style): string[] {
  const size = Math.max(...all.map(([name]) => name.length));
  return all.map(
    ([name, value]) => `${INDENT}${style.dim(padTo(name, size, 'left'))}  ${printable(value)}`,
  );
}
