// How a panel looks in uPlot.
import type uPlot from 'uplot';
import { timeOfDay } from '../text/units.js';
import { plotColors } from './colors.js';
import type { Panel } from './panels.js';

const FONT = '11px system-ui, sans-serif';
const POWERS_OF_TWO = Array.from({ length: 40 }, (_, power) => 2 ** power);
/** All plots show the moment under the pointer. */
const SYNC_KEY = 'console';

export interface Look {
  readonly panel: Panel;
  readonly width: number;
  readonly height: number;
  /** The first and last time to show, in seconds. */
  timeRange(): [number, number];
  /** The index of the point under the pointer of any plot. */
  pointed(index: number | null | undefined): void;
}

export function uplotOptions({ panel, width, height, timeRange, pointed }: Look): uPlot.Options {
  const axis = {
    stroke: () => plotColors().text,
    font: FONT,
    grid: { stroke: () => plotColors().grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    legend: { show: false },
    padding: [6, 8, 0, 0],
    cursor: {
      sync: { key: SYNC_KEY },
      drag: { x: false, y: false },
      y: false,
      points: { size: 5 },
    },
    hooks: { setCursor: [({ cursor }) => pointed(cursor.idx)] },
    scales: {
      x: { time: true, range: timeRange },
      y: { range: (_, __, most) => [0, Math.max(panel.least, (most ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 4,
        space: 64,
        values: (_, times) => times.map((time) => shortTime(time, times)),
      },
      {
        ...axis,
        size: 50,
        gap: 6,
        space: 28,
        ...(panel.isBinary && { incrs: POWERS_OF_TWO }),
        values: (_, values) => values.map((value) => panel.format(value)),
      },
    ],
    series: [
      {},
      ...panel.lines.map(({ label }, index) => ({
        label,
        stroke: () => plotColors().lines[index] ?? '',
        width: 1.5,
        points: { show: false },
        ...(panel.lines.length === 1 && {
          fill: () => `color-mix(in srgb, ${plotColors().lines[index]} 12%, transparent)`,
        }),
      })),
    ],
  };
}

/** Without seconds if no label needs them. */
function shortTime(time: number, all: readonly number[]): string {
  const whole = timeOfDay(time * 1_000);
  return all.every((other) => other % 60 === 0) ? whole.slice(0, 5) : whole;
}
