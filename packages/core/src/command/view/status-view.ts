// `muster status`: a line for the cluster, a table of its workers.
import type { ClusterDescription } from '../../control-socket/description.js';
import type { ClusterStatus } from '../../worker-status.js';
import { printable } from './clip.js';
import type { Style } from './style.js';
import { table } from './table.js';
import { duration } from './units.js';
import { paintOf, workerColumns } from './worker-columns.js';

export interface View {
  readonly cluster: ClusterDescription;
  readonly status: ClusterStatus;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly style: Style;
  readonly width?: number | undefined;
}

export function statusView({ cluster, status, now, style, width }: View): string[] {
  const stopped = status.roles.filter(({ state }) => state === 'stopped');
  return [
    headline({ cluster, status, style }),
    ...stopped.map(({ role }) =>
      style.red(`role ${printable(role)} is stopped: nothing is replaced in it`),
    ),
    '',
    ...table(workerColumns(status, style, now), status.workers, style, width),
  ];
}

export function headline({
  cluster,
  status,
  style,
}: Pick<View, 'cluster' | 'status' | 'style'>): string {
  const wanted = status.roles.reduce((sum, { workers }) => sum + workers, 0);
  const ready = status.roles.reduce((sum, role) => sum + role.ready, 0);
  const paint = paintOf(status.state, style) ?? ((text: string) => text);
  return [
    style.bold(printable(cluster.name)),
    paint(status.state) + (status.operation ? ` (${status.operation})` : ''),
    (ready < wanted ? style.yellow : style.green)(`${ready}/${wanted} ready`),
    `up ${duration(status.uptimeMs)}`,
    `primary ${status.pid}`,
  ].join('  ');
}
