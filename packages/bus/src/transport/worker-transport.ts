// The worker's end of the channel to the primary: the byte channel that was opened at its fork, or Node's own. All of the
// bus goes over one of them, as what goes over two has no order.

import cluster from 'node:cluster';
import { setImmediate, setTimeout } from 'node:timers';
import { frameOf, isFrame } from '../wire/frame.js';
import { channelToPrimary } from './byte-channel.js';
import { type ByteTransport, openByteTransport } from './byte-transport.js';
import type { Transport, TransportReceiver } from './transport.js';

/** How long the byte channel may stay open after Node's own has ended, in milliseconds. */
const LAST_WORDS_MS = 1_000;

/** Opens the channel to the primary of this worker. */
export function openWorkerTransport(receiver: TransportReceiver): Transport {
  return openBytes(receiver) ?? openIpc(receiver);
}

function openBytes(receiver: TransportReceiver): Transport | undefined {
  let transport: ByteTransport | undefined;
  const socket = channelToPrimary((chunk) => transport?.read(chunk));
  if (socket === undefined) return undefined;
  const bytes = openByteTransport(socket, 'strings', {
    packets: (parts) => receiver.frame(frameOf(parts)),
    malformed(why) {
      process.emitWarning(`The bus is cut off: its channel to the primary has ${why}.`);
      bytes.destroy();
    },
    closed: () => receiver.gone(),
  });
  transport = bytes;
  // A primary may have no bus until a worker has one, and looks for that on Node's channel.
  sendIpc(frameOf([]), () => {});
  cluster.worker?.once('disconnect', () => {
    bytes.end();
    setTimeout(bytes.destroy, LAST_WORDS_MS).unref();
  });
  return { send: bytes.send };
}

function openIpc(receiver: TransportReceiver): Transport {
  process.on('internalMessage', (message: unknown) => {
    if (isFrame(message)) receiver.frame(message);
  });
  // Not process 'disconnect': a listener of that would keep the channel, and the process, open.
  cluster.worker?.once('disconnect', () => receiver.gone());
  return { send: sendIpc };
}

const sendIpc: Transport['send'] = (frame, sent) => {
  try {
    // With a callback, a closed channel is the callback's business; without, an 'error' event.
    if (process.send?.(frame, undefined, {}, () => sent()) !== undefined) return;
  } catch {
    // The channel closed between two of Node's own steps.
  }
  setImmediate(sent);
};
