// The worker's end of Node's IPC channel.

import cluster from 'node:cluster';
import { setImmediate } from 'node:timers';
import type { Port, PortReceiver } from './port.js';
import { isFrame } from './wire/frame.js';

/** Opens the channel to the primary of this worker. */
export function openWorkerPort(receiver: PortReceiver): Port {
  process.on('internalMessage', (message: unknown) => {
    if (isFrame(message)) receiver.frame(message);
  });
  // Not process 'disconnect': a listener of that would keep the channel, and the process, open.
  cluster.worker?.once('disconnect', () => receiver.gone());
  return {
    send(frame, sent) {
      try {
        // With a callback, a closed channel is the callback's business; without, an 'error' event.
        if (process.send?.(frame, undefined, {}, () => sent()) !== undefined) return;
      } catch {
        // The channel closed between two of Node's own steps.
      }
      setImmediate(sent);
    },
  };
}
