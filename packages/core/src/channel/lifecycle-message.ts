/**
 * The few messages between the primary's supervisor and a worker, next to the bus on the same IPC channel.
 *
 * They do not go over the bus: a drain must not wait behind a full outbox. Their `cmd` starts with `NODE_`,
 * which makes Node emit them as `internalMessage`, so that the app's own `process.on('message')` never sees
 * them (https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback).
 */
import type { ChildProcess } from 'node:child_process';
import { type ListenAddress, readAddresses } from './listen-address.js';

const CMD = 'NODE_MUSTER_CORE';

/** `MUSTER_READY` of a worker whose predecessor had a server: `auto`, and it has to listen. */
export const AUTO_WITH_SERVER = 'auto, with a server';

/**
 * Worker to primary: `hello` when it can be drained, `ready` when it serves, `retire` when somebody asked it to end: it
 * goes on until it is told to drain, and the primary answers with the same that this will come; `listens` with all that it
 * listens on, each time that this has changed. Primary to worker: `drain`. Both ways: `farewell`, which the primary answers
 * with the same; what either sent before it, the other has seen by then.
 */
export type LifecycleMessage =
  | { type: 'hello' }
  | { type: 'ready' }
  | { type: 'retire' }
  | { type: 'farewell' }
  | { type: 'listens'; addresses: readonly ListenAddress[] }
  | { type: 'drain'; timeoutMs: number };

type Peer = Pick<ChildProcess | NodeJS.Process, 'on' | 'off' | 'send'> & { connected?: boolean };

/**
 * Settles when the message, and all that was sent before it, has left this process. A peer that is gone or goes away
 * meanwhile is no error: its exit is seen elsewhere.
 */
export function sendLifecycle(peer: Peer, message: LifecycleMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!peer.connected || !peer.send) resolve();
    else peer.send({ cmd: CMD, ...message }, undefined, undefined, () => resolve());
  });
}

/** Calls `listener` for each control message of `peer`, and returns what ends that. */
export function onLifecycle(peer: Peer, listener: (message: LifecycleMessage) => void): () => void {
  const receive = (received: unknown) => {
    const message = readLifecycle(received);
    if (message) listener(message);
  };
  peer.on('internalMessage', receive);
  return () => peer.off('internalMessage', receive);
}

function readLifecycle(message: unknown): LifecycleMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { cmd, type, timeoutMs, addresses } = message as Record<string, unknown>;
  if (cmd !== CMD) return undefined;
  switch (type) {
    case 'hello':
    case 'ready':
    case 'retire':
    case 'farewell':
      return { type };
    case 'drain':
      return typeof timeoutMs === 'number' ? { type, timeoutMs } : undefined;
    case 'listens': {
      const read = readAddresses(addresses);
      return read && { type, addresses: read };
    }
    default:
      return undefined;
  }
}
