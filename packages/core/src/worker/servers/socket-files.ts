// Before a worker listens on a Unix socket, its primary prepares the file (extensions/socket-files/).
import cluster from 'node:cluster';
import { resolve } from 'node:path';
import { prepareSocketFile } from '../../extensions/socket-files/protocol.js';

/** How Node's servers ask the primary (undocumented; lib/internal/cluster/child.js). */
type GetServer = (
  server: unknown,
  query: { port: number; address: unknown },
  done: unknown,
) => void;

export function prepareSocketFiles(): void {
  if (process.platform === 'win32') return;
  const internals = cluster as unknown as { _getServer: GetServer };
  const getServer = internals._getServer;
  internals._getServer = (server, query, done) => {
    const { port, address } = query;
    const ask = () => getServer.call(cluster, server, query, done);
    if (port === -1 && typeof address === 'string')
      void prepareSocketFile(resolve(address)).then(ask);
    else ask();
  };
}
