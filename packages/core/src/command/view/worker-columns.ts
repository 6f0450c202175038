// The columns that `muster status` and `muster top` show for each worker.
import type { ClusterStatus, WorkerStatus } from '../../worker-status.js';
import { type SlotRow, stateOf } from './slot-rows.js';
import type { Paint, Style } from './style.js';
import type { Column } from './table.js';
import { bytes, duration, milliseconds, percent, shortNumber } from './units.js';

/** Milliseconds after which the report of a worker is out of date: longer than the rarest heartbeats. */
const STALE_MS = 25_000;
/** Milliseconds of event loop delay that deserve attention, and that are bad. */
const LATE_MS = 50;
const VERY_LATE_MS = 500;

export function workerColumns(status: ClusterStatus, style: Style, now: number): Column<SlotRow>[] {
  const stale = (worker: WorkerStatus) =>
    worker.heardAt !== undefined && now - worker.heardAt > STALE_MS;
  const number = (
    title: string,
    weight: number,
    text: (worker: WorkerStatus) => string,
    paint?: (worker: WorkerStatus) => Paint | undefined,
  ): Column<SlotRow> => ({
    title,
    align: 'right',
    weight,
    cell: (worker) => ({
      text: worker.pid === undefined ? '-' : text(worker),
      paint: stale(worker) ? style.dim : paint?.(worker),
    }),
  });

  const columns: Column<SlotRow>[] = [
    { title: 'SLOT', align: 'right', weight: 100, cell: ({ slot }) => String(slot) },
    { title: 'ROLE', align: 'left', weight: 70, cell: ({ role }) => role },
    { title: 'PID', align: 'right', weight: 90, cell: ({ pid }) => String(pid ?? '-') },
    { title: 'GEN', align: 'right', weight: 55, cell: ({ generation }) => String(generation) },
    {
      title: 'STATE',
      align: 'left',
      weight: 99,
      cell: (row) => ({ text: stateOf(row), paint: paintOf(row.state, style) }),
    },
    number('UPTIME', 60, ({ uptimeMs }) => duration(uptimeMs)),
    {
      title: 'RESTARTS',
      align: 'right',
      weight: 54,
      cell: ({ restarts }) => String(restarts),
    },
    {
      title: 'CRASHES',
      align: 'right',
      weight: 88,
      cell: ({ crashes }) => ({
        text: String(crashes),
        paint: crashes > 0 ? style.red : undefined,
      }),
    },
    number('CPU', 86, ({ cpu }) => percent(cpu)),
    number('MEMORY', 85, ({ rssBytes }) => bytes(rssBytes)),
    number(
      'DELAY',
      80,
      ({ eventLoopDelayP99Ms }) => milliseconds(eventLoopDelayP99Ms),
      ({ eventLoopDelayP99Ms: ms = 0 }) => {
        if (ms >= VERY_LATE_MS) return style.red;
        return ms >= LATE_MS ? style.yellow : undefined;
      },
    ),
    number('CONNS', 50, ({ connections }) => shortNumber(connections)),
    number('REQ/S', 75, ({ requestsPerSecond }) => shortNumber(requestsPerSecond)),
    number('BUS/S', 41, ({ bus }) => shortNumber(bus && bus.sentPerSecond + bus.receivedPerSecond)),
    number('STORE/S', 40, ({ store }) => shortNumber(store?.callsPerSecond)),
  ];
  return columns.filter(({ title }) => title !== 'ROLE' || status.roles.length > 1);
}

export function paintOf(
  state: WorkerStatus['state'] | ClusterStatus['state'],
  style: Style,
): Paint | undefined {
  const paints: Partial<Record<typeof state, Paint>> = {
    ready: style.green,
    running: style.green,
    starting: style.cyan,
    draining: style.yellow,
    waiting: style.yellow,
    stopping: style.yellow,
    stopped: style.red,
  };
  return paints[state];
}
