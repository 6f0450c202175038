// The primary's ends of the channels: one for each worker of node:cluster, whoever forked it. The worker chooses which of
// two it uses, with the first that it says.

import cluster, { type Worker } from 'node:cluster';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { type Frame, frameOf, inJson, isFrame } from '../wire/frame.js';
import { CHANNEL_FD, channelTo } from './byte-channel.js';
import { type ByteTransport, openByteTransport } from './byte-transport.js';
import { expel } from './expel.js';
import { guardChannel } from './ipc-guard.js';
import type { Transport, TransportReceiver } from './transport.js';

/**
 * How long after its exit a worker's last messages may take to be read, in milliseconds. The end of the
 * channel says when all were read; it may be held open by a child that inherited it.
 */
const LAST_WORDS_MS = 1_000;

export function liveWorkers(): Worker[] {
  const workers = Object.values(cluster.workers ?? {});
  return workers.filter((worker) => worker?.isConnected()) as Worker[];
}

export function openPrimaryTransport(
  worker: Worker,
  accept: (transport: Transport) => TransportReceiver,
): void {
  const { process: child } = worker;
  const channel = channelTo(worker);
  /** Once the worker has chosen it. */
  let bytes: ByteTransport | undefined;
  const transport: Transport = {
    send(frame, sent) {
      if (bytes) bytes.send(frame, sent);
      else sendIpc(worker, frame, sent);
    },
    expel(why) {
      expel(child, why);
    },
  };
  const receiver = accept(transport);
  let open = true;
  const end = () => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    child.off('internalMessage', onMessage);
    channel?.destroy();
    receiver.gone();
  };
  const isChannelOpen = () => channel !== undefined && !channel.closed;
  let timer: NodeJS.Timeout | undefined;
  /** Its last messages are still to be read, if the channel is open. */
  const endSoon = () => {
    timer ??= setTimeout(end, LAST_WORDS_MS).unref();
  };
  const onMessage = (message: unknown) => {
    if (!bytes && isFrame(message)) receiver.frame(message);
  };
  guardChannel(child);
  child.on('internalMessage', onMessage);
  child.once('disconnect', () => {
    if (isChannelOpen()) endSoon();
    else end();
  });
  child.once('exit', () => {
    if (!child.connected && !isChannelOpen()) return end();
    receiver.dying();
    endSoon();
  });
  if (!channel) return;
  const opened = openByteTransport(channel, 'bytes', {
    packets(parts) {
      bytes = opened;
      receiver.frame(frameOf(parts));
    },
    malformed: (why) =>
      expel(
        child,
        `what it wrote to the channel of the bus (file descriptor ${CHANNEL_FD}) has ${why}`,
      ),
    closed() {
      if (!bytes && child.connected) return;
      end();
      expelIfAlive(worker);
    },
  });
  channel.on('data', opened.read);
}

/** A worker without the channel cannot be reached, and serves on. Where it is only about to end, that is seen soon. */
function expelIfAlive(worker: Worker): void {
  const look = () => {
    if (worker.isConnected() && !worker.isDead())
      expel(worker.process, `it closed the channel of the bus (file descriptor ${CHANNEL_FD})`);
  };
  setTimeout(look, LAST_WORDS_MS).unref();
}

function sendIpc(worker: Worker, frame: Frame, sent: () => void): void {
  // A worker that has to disconnect while a message is half read never does: Node waits for an
  // event that it no longer emits (seen in 20 and 24, with messages over 64 KiB). So nothing follows.
  if (worker.exitedAfterDisconnect) {
    setImmediate(sent);
    return;
  }
  try {
    // With a callback, a closed channel is the callback's business; without, an 'error' event that
    // nobody listens to, which ends the primary.
    worker.process.send(inJson(frame) as object, undefined, {}, () => sent());
  } catch {
    setImmediate(sent);
  }
}
