// The files of Unix sockets that workers listen on, as an extension. What looks after them is loaded for the first one.
import type { Extension } from '../extension.js';
import type { Log } from '../primary/log.js';
import { onListener } from './protocol.js';
import type { SocketFiles } from './socket-files.js';

export function createSocketFiles(): Extension {
  let log: Log;
  let files: Promise<SocketFiles> | undefined;
  return {
    name: 'socket files',
    start(supervision) {
      log = supervision.log;
    },
    workerForked({ process: child }) {
      onListener(child, async (path) => {
        files ??= import('./socket-files.js').then((module) => new module.SocketFiles(log));
        await (await files).prepare(child, path);
      });
    },
    async stopped() {
      (await files)?.close();
    },
  };
}
