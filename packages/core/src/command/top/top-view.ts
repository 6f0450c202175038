// One screen of `muster top` as lines: a pure function of the status.
import type { WorkerStatus } from '../../worker-status.js';
import { bar, sparkline } from '../view/bars.js';
import { clip, clipStyled } from '../view/clip.js';
import { type SlotRow, slotRows } from '../view/slot-rows.js';
import { headline, type View } from '../view/status-view.js';
import { type Column, table } from '../view/table.js';
import { bytes, percent, shortNumber } from '../view/units.js';
import { workerColumns } from '../view/worker-columns.js';
import type { RateHistory } from './rate-history.js';

const WORKER_SPARKLINE = 16;
const TOTAL_SPARKLINE = 24;
const CPU_BAR = 6;

export interface TopView extends View {
  readonly width: number;
  readonly height: number;
  readonly history: RateHistory;
  /** Why the view is out of date. */
  readonly problem?: string | undefined;
}

/** At most `height` lines of at most `width` characters. */
export function topView(view: TopView): string[] {
  const { status, style, width, height, now, problem } = view;
  const more: Record<string, Column<SlotRow>> = { CPU: cpuBar(view), 'REQ/S': requests(view) };
  const columns = workerColumns(status, style, now).flatMap((column) =>
    [column, more[column.title]].filter((each) => each !== undefined),
  );
  const [headings = '', ...rows] = table(columns, slotRows(status.workers), style, width);
  const top = [headline(view), totals(view)].map((line) => clipStyled(line, width));
  const head = [...top, '', headings];
  const foot = ['', problem ? style.red(clip(problem, width)) : style.dim('q quits')];
  const room = Math.max(0, height - head.length - foot.length);
  const shown = rows.length <= room ? rows : rows.slice(0, Math.max(0, room - 1));
  const hidden = rows.length - shown.length;
  return [
    ...head,
    ...shown,
    ...(hidden > 0 ? [style.dim(clip(`… and ${hidden} more`, width))] : []),
    ...foot,
  ].slice(0, height);
}

function totals({ status, history, style }: TopView): string {
  const sum = (of: (worker: WorkerStatus) => number | undefined) =>
    status.workers.reduce((total, worker) => total + (of(worker) ?? 0), 0);
  return [
    `req/s ${style.bold(shortNumber(history.total.at(-1)))} ${style.cyan(sparkline(history.total, TOTAL_SPARKLINE).trimStart())}`,
    `cpu ${style.bold(percent(sum(({ cpu }) => cpu)))}`,
    `memory ${style.bold(bytes(sum(({ rssBytes }) => rssBytes)))}`,
    `bus ${style.bold(shortNumber(sum(({ bus }) => bus?.sentPerSecond)))}/s`,
    `store ${style.bold(shortNumber(sum(({ store }) => store?.callsPerSecond)))}/s`,
  ].join('  ');
}

function cpuBar({ style }: TopView): Column<SlotRow> {
  return {
    title: '',
    align: 'left',
    weight: 20,
    cell: ({ cpu = 0 }) => ({
      text: bar(cpu, CPU_BAR),
      paint: cpu >= 0.9 ? style.red : style.green,
    }),
  };
}

function requests({ history, style }: TopView): Column<SlotRow> {
  return {
    title: 'REQUESTS',
    align: 'left',
    weight: 30,
    cell: ({ slot }) => ({
      text: sparkline(history.of(slot), WORKER_SPARKLINE, history.highest),
      paint: style.cyan,
    }),
  };
}
