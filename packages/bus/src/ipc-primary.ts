// The primary's ends of Node's IPC channels: one for each worker of node:cluster, whoever forked it.

import cluster, { type Worker } from 'node:cluster';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { guardChannel } from './channel-guard.js';
import { expel } from './expel.js';
import type { Port, PortReceiver } from './port.js';
import { isFrame } from './wire/frame.js';

/**
 * How long after its exit a worker's last messages may take to be read, in milliseconds. The end of the
 * channel says when all were read; it may be held open by a child that inherited it.
 */
const LAST_WORDS_MS = 1_000;

export function liveWorkers(): Worker[] {
  const workers = Object.values(cluster.workers ?? {});
  return workers.filter((worker) => worker?.isConnected()) as Worker[];
}

export function openPrimaryPort(worker: Worker, accept: (port: Port) => PortReceiver): void {
  const { process: child } = worker;
  const port: Port = {
    send(frame, sent) {
      // A worker that is told to disconnect while a message is half read never does: Node waits for an
      // event that it no longer emits (seen in 20 and 24, with messages over 64 KiB). So nothing follows.
      if (worker.exitedAfterDisconnect) {
        setImmediate(sent);
        return;
      }
      try {
        // With a callback, a closed channel is the callback's business; without, an 'error' event that
        // nobody listens to, which ends the primary.
        child.send(frame as object, undefined, {}, () => sent());
      } catch {
        setImmediate(sent);
      }
    },
    expel(why) {
      expel(child, why);
    },
  };
  const receiver = accept(port);
  let open = true;
  const end = () => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    child.off('internalMessage', onMessage);
    receiver.gone();
  };
  let timer: NodeJS.Timeout | undefined;
  const onMessage = (message: unknown) => {
    if (isFrame(message)) receiver.frame(message);
  };
  guardChannel(child);
  child.on('internalMessage', onMessage);
  child.once('disconnect', end);
  child.once('exit', () => {
    if (!child.connected) return end();
    receiver.dying();
    timer = setTimeout(end, LAST_WORDS_MS);
    timer.unref();
  });
}
