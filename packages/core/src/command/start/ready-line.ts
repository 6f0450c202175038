// The line that `muster start` prints when the cluster is ready: for people, and as fields for programs.
import { basename, extname } from 'node:path';
import type { LogFields } from '../../cluster-options.js';
import { nameAt } from '../../extensions/control/socket/socket-name.js';
import type { ClusterStatus } from '../../worker-status.js';
import type { Endpoints } from './start-log.js';

/** @param file the server, after which a cluster without a control socket is named */
export function readyLine(
  { pid, workers }: Pick<ClusterStatus, 'pid' | 'workers'>,
  { control, admin }: Endpoints,
  file: string,
): { fields: LogFields; message: string } {
  const name = control === undefined ? basename(file, extname(file)) : nameAt(control);
  const ready = workers.filter(({ state }) => state === 'ready');
  const addresses = [...new Set(ready.flatMap((worker) => worker.addresses ?? []))].map(reachable);
  const fields = {
    ...{ event: 'cluster.ready', name, workers: ready.length, addresses },
    ...(control !== undefined && { control }),
    ...(admin !== undefined && { admin }),
  };
  const on = addresses.length > 0 ? ` on ${addresses.join(', ')}` : '';
  const told = [`pid ${pid}`, control && `control ${control}`, admin && `admin ${admin}`];
  const message = `${name} is ready: ${counted(ready.length)}${on} (${told.filter(Boolean).join(', ')})`;
  return { fields, message };
}

/** An address that a browser can open, instead of the wildcard address. */
function reachable(address: string): string {
  return address.replace(/^(https?:\/\/)(\[::\]|0\.0\.0\.0)(?=:)/, '$1localhost');
}

function counted(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`;
}
