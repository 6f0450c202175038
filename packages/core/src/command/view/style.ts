// Colours, for output that can show them.
import type { WriteStream } from 'node:tty';

export type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

const CODES: Record<keyof Style, readonly [start: number, end: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export function createStyle(colours: boolean): Style {
  const paint = ([start, end]: readonly [number, number]): Paint =>
    colours ? (text) => `\u001b[${start}m${text}\u001b[${end}m` : (text) => text;
  return Object.fromEntries(
    Object.entries(CODES).map(([name, codes]) => [name, paint(codes)]),
  ) as unknown as Style;
}

/** Whether the stream is a terminal with colours. NO_COLOR and TERM=dumb turn them off; FORCE_COLOR wins (Node's rules). */
export function hasColours(stream: Pick<WriteStream, 'isTTY' | 'hasColors'>): boolean {
  return Boolean(stream.isTTY) && stream.hasColors();
}
