// The control socket of a running cluster, as an extension of its primary.
import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ControlSocketError } from '../errors.js';
import type { Extension, Supervision } from '../extension.js';
import { createCalls } from './calls.js';
import { claim, removeDeadSockets } from './claim.js';
import { version } from './description.js';
import { openRuntimeFolder, runtimeFolders } from './runtime-folder.js';
import { defaultName, SOCKET_ENDING, socketPath } from './socket-name.js';
import { SocketServer } from './socket-server.js';

/** Clusters of one app in one folder: the second is called `…-2`. */
const MOST_OF_ONE_NAME = 100;

export function createControlSocket(): Extension {
  let server: SocketServer | undefined;
  let path: string | undefined;
  const remove = () => {
    if (path) rmSync(path, { force: true });
  };

  async function start(supervision: Supervision): Promise<void> {
    const { options, log } = supervision;
    const [role] = options.roles;
    const file = role?.code.path ?? '';
    // Through a link that deploys move it stays the same.
    const cwd = role?.cwd ?? process.cwd();
    const describe = () => {
      const name = basename(path ?? '', SOCKET_ENDING);
      return { name, pid: process.pid, cwd, file, version };
    };
    const listening = new SocketServer(createCalls(supervision, describe));
    path = await open(listening, options.control || undefined, { cwd, file });
    server = listening;
    // Where the process is made to exit before the cluster has stopped.
    process.once('exit', remove);
    log.info('control.open', `control socket ${path}`, { path });
  }

  return {
    name: 'control socket',
    async start(supervision) {
      try {
        await start(supervision);
      } catch (error) {
        if (supervision.options.control !== undefined) throw error;
        const why = error instanceof Error ? error.message : String(error);
        supervision.log.warn('control.failed', `the cluster has no control socket. ${why}`, {
          error,
        });
      }
    },
    async stopped() {
      process.off('exit', remove);
      await server?.close();
    },
  };
}

/** @returns the path */
async function open(
  server: SocketServer,
  given: string | undefined,
  app: { cwd: string; file: string },
): Promise<string> {
  if (given !== undefined) {
    if (dirname(given) === runtimeFolders()[0]) openRuntimeFolder(dirname(given));
    if (await claim(server, given)) return given;
    throw new ControlSocketError(
      `Another cluster answers on ${given}. Stop it, or give this one another name.`,
    );
  }
  const name = defaultName(app.cwd, app.file);
  const folder = openFolder();
  for (let number = 1; number <= MOST_OF_ONE_NAME; number++) {
    const path = socketPath(folder, number === 1 ? name : `${name}-${number}`);
    if (!(await claim(server, path))) continue;
    // Beside the start; what it cannot remove is harmless.
    void removeDeadSockets(folder).catch(() => {});
    return path;
  }
  throw new ControlSocketError(`${MOST_OF_ONE_NAME} clusters are called ${name} already.`);
}

/** The first folder that can be had. */
function openFolder(): string {
  const errors: unknown[] = [];
  for (const folder of runtimeFolders()) {
    try {
      openRuntimeFolder(folder);
      return folder;
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0];
}
