// What a primary does when the `muster` command asks it to.
import type { Cluster } from '../cluster.js';
import { ClusterMisuseError } from '../errors.js';
import type { ClusterDescription } from './description.js';
import type { Call } from './protocol.js';
import type { CallHandler } from './socket-server.js';

export function createCalls(
  cluster: Cluster,
  describe: () => ClusterDescription,
): Record<string, CallHandler> {
  return {
    describe,
    status: () => cluster.status(),
    reload: ({ role }) => cluster.reload(role === undefined ? {} : { role: text('role', role) }),
    scale: ({ workers, role }) => {
      const count = number('workers', workers);
      return cluster.scale(role === undefined ? count : { [text('role', role)]: count });
    },
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

function text(name: string, value: Call['args'][string]): string {
  if (typeof value === 'string') return value;
  throw new ClusterMisuseError(`${name}: ${JSON.stringify(value)} is no text.`);
}

function number(name: string, value: Call['args'][string]): number {
  if (typeof value === 'number') return value;
  throw new ClusterMisuseError(`${name}: ${JSON.stringify(value)} is no number.`);
}
