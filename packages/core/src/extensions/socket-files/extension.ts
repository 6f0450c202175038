// Looks after the files of Unix sockets that workers listen on. The code is loaded for the first such file.
import { reasonOf } from '@muster/codec/thrown';
import type { Log } from '../../cluster-extension.js';
import type { Extension } from '../extension.js';
import { onPrepareRequest } from './protocol.js';
import type { SocketFiles } from './socket-files.js';

export function createSocketFiles(): Extension {
  let log: Log;
  let loading: Promise<SocketFiles> | undefined;
  let files: SocketFiles | undefined;
  let stops = false;
  const load = async () => {
    const module = await import('./socket-files.js');
    files = new module.SocketFiles(log);
    if (stops) files.stopRestoring();
    return files;
  };
  return {
    name: 'socket files',
    start(supervision) {
      log = supervision.log;
    },
    workerForked({ process: child }) {
      onPrepareRequest(child, async (path) => {
        loading ??= load();
        const loaded = await loading.catch((error: unknown) => {
          log.error('socket-files.failed', `${path} is not looked after: ${reasonOf(error)}`, {
            error,
          });
        });
        await loaded?.prepare(child, path);
      });
    },
    // The primary stops listening before the workers have left. That removes the files, which must not be restored then.
    stopping() {
      stops = true;
      files?.stopRestoring();
    },
    stopped() {
      files?.close();
    },
  };
}
