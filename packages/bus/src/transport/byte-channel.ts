// The byte channel between a primary and a worker: a pair of sockets without a name, opened at the fork. The code that forks
// asks for it in `stdio` and announces it in the environment; the worker takes it if the announcement is for this process.

import type { Worker } from 'node:cluster';
import { Socket } from 'node:net';
import { VERSION } from '../wire/protocol.js';

/** Its place in `stdio`, behind the three outputs and Node's own channel; in the worker, its file descriptor. */
export const CHANNEL_FD = 4;

const ENV = 'MUSTER_BUS_CHANNEL';

/** The entries to add to `stdio: [stdin, stdout, stderr, 'ipc']` of a fork. */
export const channelStdio: readonly 'pipe'[] = process.platform === 'win32' ? [] : ['pipe'];

/** By which version it is used: a process may have several copies of this package. */
const KEY = Symbol.for(`@muster/bus/channels/${VERSION}`);

const channels = globalThis as { [KEY]?: WeakMap<Worker, Socket> };

/**
 * The entries to add to the environment of the fork. A process that the worker starts inherits them, and ignores them,
 * since its parent is another process.
 */
export function channelEnv(): Record<string, string> {
  return { [ENV]: channelStdio.length > 0 ? tagFor(process.pid) : '' };
}

/** In the primary, in the turn of the fork, before the worker is assigned: its `stdio` has the channel. */
export function offerChannel(worker: Worker): void {
  const socket: unknown = worker.process.stdio?.[CHANNEL_FD];
  if (!(socket instanceof Socket)) return;
  // Until there is a bus, nobody else listens, and what fails would end the primary.
  socket.on('error', () => {});
  channels[KEY] ??= new WeakMap();
  channels[KEY].set(worker, socket);
}

/** In the primary: the channel to this worker, if it was forked with one for this version. */
export function channelTo(worker: Worker): Socket | undefined {
  return channels[KEY]?.get(worker);
}

/** In a worker: the channel to the primary, if there is one for this version. @param read is given what comes. */
export function channelToPrimary(read: (chunk: Buffer) => void): Socket | undefined {
  if (process.env[ENV] !== tagFor(process.ppid)) return undefined;
  try {
    const buffer = Buffer.allocUnsafeSlow(64 * 1024);
    return new Socket({
      fd: CHANNEL_FD,
      // Not in the types of this constructor.
      ...{
        onread: {
          buffer,
          callback(bytes: number) {
            read(buffer.subarray(0, bytes));
            return true;
          },
        },
      },
    });
  } catch {
    // It was closed, and the number may be that of a file. Not asked with fstat: of a socket that makes realpathSync, and with
    // it the next import, pass over links (seen in Node 20: it looks at the kind of whatever was asked for last).
    return undefined;
  }
}

function tagFor(parent: number): string {
  return `${VERSION}:${parent}`;
}
