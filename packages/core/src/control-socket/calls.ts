// What a primary does when the `muster` command asks it to.
import type { Cluster } from '../cluster.js';
import { ClusterMisuseError } from '../errors.js';
import type { Supervision } from '../extension.js';
import type { ClusterDescription } from './description.js';
import type { Call } from './protocol.js';
import type { CallHandler } from './socket-server.js';

export function createCalls(
  supervision: Pick<Supervision, 'cluster' | 'slotStatus'>,
  describe: () => ClusterDescription,
): Record<string, CallHandler> {
  const { cluster } = supervision;
  return {
    describe,
    status: () => cluster.status(),
    slot: ({ slot }) => supervision.slotStatus(number('slot', slot)),
    reload: ({ role, allowMissing }) =>
      cluster.reload({
        ...(role !== undefined && { role: text('role', role) }),
        allowMissing: allowMissing === true,
      }),
    scale: ({ workers }) => cluster.scale(counts(workers)),
    restart: ({ slot }) => cluster.restartWorker(number('slot', slot)),
    stop: ({ force }) => stop(cluster, force === true),
  };
}

/**
 * The same as a SIGTERM, so that the process ends, too; `force` is a second one. It comes after the answer, as it may
 * exit at once.
 */
function stop(cluster: Cluster, force: boolean): void {
  const stopping = ['stopping', 'stopped'].includes(cluster.status().state);
  setImmediate(() => {
    if (!stopping) process.emit('SIGTERM', 'SIGTERM');
    if (force) process.emit('SIGTERM', 'SIGTERM');
  });
}

/** For all workers, or by role. */
function counts(value: Call['args'][string]): number | Record<string, number> {
  if (typeof value !== 'object' || value === null) return number('workers', value);
  return Object.fromEntries(
    Object.entries(value).map(([role, count]) => [role, number(`workers of ${role}`, count)]),
  );
}

function text(name: string, value: Call['args'][string]): string {
  if (typeof value === 'string') return value;
  throw new ClusterMisuseError(`${name}: ${JSON.stringify(value)} is no text.`);
}

function number(name: string, value: Call['args'][string]): number {
  if (typeof value === 'number') return value;
  throw new ClusterMisuseError(`${name}: ${JSON.stringify(value)} is no number.`);
}
