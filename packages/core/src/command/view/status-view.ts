// `muster status`: the cluster, a table of its slots, the other machines, and the last crashes.

import type { QueueInfo } from '@muster/queue';
import type { ClusterDescription } from '../../extensions/control/cluster-description.js';
import { printable } from '../../text/printable.js';
import type { ClusterStatus } from '../../worker-status.js';
import { queuesView } from '../queue/views.js';
import { addressText } from './address-view.js';
import { clipStyled } from './clip.js';
import { crashView } from './exit-view.js';
import { machinesView } from './machines-view.js';
import { scalingView } from './scaling-view.js';
import { slotRows } from './slot-rows.js';
import type { Style } from './style.js';
import { table } from './table.js';
import { duration } from './units.js';
import { paintOf, workerColumns } from './worker-columns.js';

export interface View {
  readonly cluster: ClusterDescription;
  readonly status: ClusterStatus;
  readonly queues?: readonly QueueInfo[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly style: Style;
  readonly width?: number | undefined;
}

/** No line is longer than `width`, except for problems, which are not cut off. */
export function statusView(view: View): string[] {
  const { status, now, style, queues = [], width = Number.POSITIVE_INFINITY } = view;
  const rows = slotRows(status.workers);
  const crashes = crashView(rows, now, style);
  const clipped = (lines: readonly string[]) => lines.map((line) => clipStyled(line, width));
  return [
    ...clipped([headline(view)]),
    ...(status.addresses.length > 0 ? clipped([addressText(status.addresses)]) : []),
    ...problems(view),
    ...clipped(scalingView(status.roles, now)),
    '',
    ...table(workerColumns(status, style, now), rows, style, width),
    ...(status.machines ? ['', ...machinesView(status.machines, style, width)] : []),
    ...(queues.length > 0 ? ['', ...queuesView(queues, { style, width })] : []),
    ...(crashes.length > 0 ? ['', ...clipped(crashes)] : []),
  ];
}

export function headline({
  cluster,
  status,
  style,
}: Pick<View, 'cluster' | 'status' | 'style'>): string {
  const wanted = status.roles.reduce((sum, { workers }) => sum + workers, 0);
  const ready = status.roles.reduce((sum, role) => sum + role.ready, 0);
  return [
    style.bold(printable(cluster.name)),
    stateText(status, style),
    (ready < wanted ? style.yellow : style.green)(`${ready} of ${wanted} ready`),
    `up ${duration(status.uptimeMs)}`,
    `primary ${status.pid}`,
  ].join('  ');
}

/** Such as `running (reload 2/5)`. */
function stateText({ state, operation, progress }: ClusterStatus, style: Style): string {
  const paint = paintOf(state, style) ?? ((text: string) => text);
  const done = progress ? ` ${progress.done}/${progress.total}` : '';
  return paint(state) + (operation ? style.cyan(` (${operation}${done})`) : '');
}

/** What is degraded, stopped or off, since when, and why. */
function problems({ status, style, now }: View): string[] {
  const off = (status.unavailable ?? []).map(({ name, reason }) =>
    style.red(`${printable(name)} is off until the primary is restarted: ${printable(reason)}`),
  );
  const roles = status.roles.flatMap(({ role, state, degraded }) => {
    const name = `role ${printable(role)}`;
    // For a stopping cluster, its own state says enough.
    const stops = status.state === 'stopping' || status.state === 'stopped';
    if (state === 'stopped' && stops) return [];
    if (state === 'stopped') return [style.red(`${name} is stopped: nothing is replaced in it`)];
    if (!degraded) return [];
    const since = duration(now - degraded.since);
    return [style.red(`${name} is degraded for ${since}: ${printable(degraded.reason)}`)];
  });
  return [...roles, ...off];
}
