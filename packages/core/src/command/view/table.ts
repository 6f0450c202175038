// Rows under headings, with as many columns as fit.
import { printable } from '../../text/printable.js';
import { clip, padTo, widthOf } from './clip.js';
import type { Paint, Style } from './style.js';

interface Cell {
  readonly text: string;
  /** Applied after padding, because colours have no width. */
  readonly paint?: Paint | undefined;
}

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** If not all fit, the column with the lowest weight is dropped first. */
  readonly weight: number;
  cell(row: Row): string | Cell;
}

const GAP = '  ';

/** One line for the headings and one for each row; none is longer than `width`, colours not counted. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const fitting = fit(
    columns.map((column) => measure(column, rows)),
    width,
  );
  const headings = fitting.map(({ column, size }) => padTo(column.title, size, column.align));
  return [
    style.dim(clip(headings.join(GAP).trimEnd(), width)),
    ...rows.map((_, index) =>
      fitting
        .map(({ column, cells, size }) => {
          const { text, paint } = cells[index] as Cell;
          const padded = clip(padTo(text, size, column.align), width);
          return paint ? paint(padded) : padded;
        })
        .join(GAP),
    ),
  ];
}

interface Measured<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly Cell[];
  readonly size: number;
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): Measured<Row> {
  const cells = rows.map((row) => {
    const cell = column.cell(row);
    const { text, paint } = typeof cell === 'string' ? { text: cell, paint: undefined } : cell;
    return { text: printable(text), paint };
  });
  const size = Math.max(widthOf(column.title), ...cells.map(({ text }) => widthOf(text)));
  return { column, cells, size };
}

function fit<Row>(columns: readonly Measured<Row>[], width: number): readonly Measured<Row>[] {
  const needed = columns.reduce((sum, { size }) => sum + size + GAP.length, -GAP.length);
  if (needed <= width || columns.length <= 1) return columns;
  const least = Math.min(...columns.map(({ column }) => column.weight));
  return fit(
    columns.filter(({ column }) => column.weight !== least),
    width,
  );
}
