// The control socket of a running cluster, as an extension of its primary.
import type { Extension, Supervision } from '../extension.js';
import { createCalls } from './calls.js';
import type { Release } from './claim.js';
import { version } from './description.js';
import { openSocket } from './open-socket.js';
import { nameAt } from './socket-name.js';
import { SocketServer } from './socket-server.js';

export function createControlSocket(): Extension {
  let server: SocketServer | undefined;
  let release: Release = () => {};

  async function start(supervision: Supervision): Promise<void> {
    const { options, log } = supervision;
    const [role] = options.roles;
    const file = role?.code.path ?? '';
    // Through a link that deploys move it stays the same.
    const cwd = role?.cwd ?? process.cwd();
    let path = '';
    const describe = () => {
      return { name: nameAt(path), pid: process.pid, cwd, file, version };
    };
    const listening = new SocketServer(createCalls(supervision, describe));
    const opened = await openSocket(listening, options.control || undefined, { cwd, file }, log);
    if (!opened) return;
    ({ path, release } = opened);
    server = listening;
    // Where the process is made to exit before the cluster has stopped.
    process.once('exit', release);
    log.info('control.open', `control socket ${path}`, { path });
  }

  return {
    name: 'control socket',
    start,
    async stopped() {
      process.off('exit', release);
      await server?.close();
      release();
    },
  };
}
