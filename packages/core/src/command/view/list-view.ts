// `muster list`: one row for each cluster of this user.
import type { ClusterDescription } from '../../extensions/control/cluster-description.js';
import type { ClusterStatus } from '../../worker-status.js';
import { addressText } from './address-view.js';
import type { Style } from './style.js';
import { table } from './table.js';
import { duration } from './units.js';
import { paintOf } from './worker-columns.js';

export type ListedCluster = ClusterDescription &
  Pick<ClusterStatus, 'state' | 'uptimeMs' | 'roles' | 'addresses' | 'degraded'>;

export function listView(
  clusters: readonly ListedCluster[],
  style: Style,
  width?: number,
): string[] {
  return table<ListedCluster>(
    [
      { title: 'NAME', align: 'left', weight: 100, cell: ({ name }) => name },
      {
        title: 'STATE',
        align: 'left',
        weight: 90,
        cell: ({ state, degraded }) =>
          degraded
            ? { text: `${state}, degraded`, paint: style.red }
            : { text: state, paint: paintOf(state, style) },
      },
      {
        title: 'WORKERS',
        align: 'left',
        weight: 80,
        cell: ({ roles }) => {
          const wanted = roles.reduce((sum, role) => sum + role.workers, 0);
          const ready = roles.reduce((sum, role) => sum + role.ready, 0);
          return {
            text: `${ready} of ${wanted} ready`,
            paint: ready < wanted ? style.yellow : style.green,
          };
        },
      },
      {
        title: 'UPTIME',
        align: 'right',
        weight: 60,
        cell: ({ uptimeMs }) => duration(uptimeMs),
      },
      {
        title: 'ADDRESSES',
        align: 'left',
        weight: 75,
        cell: ({ addresses }) => addressText(addresses) || '-',
      },
      { title: 'PID', align: 'right', weight: 70, cell: ({ pid }) => String(pid) },
      { title: 'FOLDER', align: 'left', weight: 50, cell: ({ cwd }) => cwd },
    ],
    clusters,
    style,
    width,
  );
}
