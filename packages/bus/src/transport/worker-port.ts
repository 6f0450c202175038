// The worker's end of the channel to the primary: the byte channel that was opened at its fork, or Node's own. All of the
// bus goes over one of them, as what goes over two has no order.

import cluster from 'node:cluster';
import { setImmediate, setTimeout } from 'node:timers';
import { frameOf, isFrame } from '../wire/frame.js';
import { channelToPrimary } from './byte-channel.js';
import { type BytePort, openBytePort } from './byte-port.js';
import type { Port, PortReceiver } from './port.js';

/** How long the byte channel may stay open after Node's own has ended, in milliseconds. */
const LAST_WORDS_MS = 1_000;

/** Opens the channel to the primary of this worker. */
export function openWorkerPort(receiver: PortReceiver): Port {
  return openBytes(receiver) ?? openIpc(receiver);
}

function openBytes(receiver: PortReceiver): Port | undefined {
  let port: BytePort | undefined;
  const socket = channelToPrimary((chunk) => port?.read(chunk));
  if (socket === undefined) return undefined;
  const bytes = openBytePort(socket, 'strings', {
    parcels: (parts) => receiver.frame(frameOf(parts)),
    refused(why) {
      process.emitWarning(`The bus is cut off: its channel to the primary has ${why}.`);
      bytes.destroy();
    },
    closed: () => receiver.gone(),
  });
  port = bytes;
  // A primary may have no bus until a worker has one, and looks for that on Node's channel.
  sendIpc(frameOf([]), () => {});
  cluster.worker?.once('disconnect', () => {
    bytes.end();
    setTimeout(bytes.destroy, LAST_WORDS_MS).unref();
  });
  return { send: bytes.send };
}

function openIpc(receiver: PortReceiver): Port {
  process.on('internalMessage', (message: unknown) => {
    if (isFrame(message)) receiver.frame(message);
  });
  // Not process 'disconnect': a listener of that would keep the channel, and the process, open.
  cluster.worker?.once('disconnect', () => receiver.gone());
  return { send: sendIpc };
}

const sendIpc: Port['send'] = (frame, sent) => {
  try {
    // With a callback, a closed channel is the callback's business; without, an 'error' event.
    if (process.send?.(frame, undefined, {}, () => sent()) !== undefined) return;
  } catch {
    // The channel closed between two of Node's own steps.
  }
  setImmediate(sent);
};
