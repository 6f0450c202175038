/**
 * The few messages between the supervisor in the primary and a worker, beside the bus on the same IPC channel.
 *
 * They do not go over the bus, because a drain must not wait behind a full outbox. Their `cmd` starts with `NODE_`,
 * which makes Node emit them as `internalMessage`, so that the app's own `process.on('message')` never sees
 * them (https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback).
 */
import type { ChildProcess } from 'node:child_process';
import { type ListenAddress, readAddresses } from './listen-address.js';

const CMD = 'NODE_MUSTER_CORE';

/** The value of `MUSTER_READY` for a worker whose predecessor had a server: `auto`, and the worker has to listen. */
export const AUTO_WITH_SERVER = 'auto, with a server';

/**
 * A worker sends `hello` when it can be drained; `ready` when it serves; `retire` when somebody asked it to end: it goes on
 * until it gets `drain`, and the primary answers with a `retire` that promises this; `listens` with everything that it
 * listens on, each time this changes; `holds` when it has its first lock or job of the shared store; and `exits` with its
 * exit code, when nothing of the app runs any more. The primary sends `drain`. Both send `farewell`, and the primary answers
 * one with another: by then each side has seen what the other sent before it.
 */
export type LifecycleMessage =
  | { type: 'hello' }
  | { type: 'ready' }
  | { type: 'retire' }
  | { type: 'farewell' }
  | { type: 'holds' }
  | { type: 'listens'; addresses: readonly ListenAddress[] }
  | { type: 'exits'; code: number }
  | { type: 'drain'; timeoutMs: number };

type Peer = Pick<ChildProcess | NodeJS.Process, 'on' | 'off' | 'send'> & { connected?: boolean };

/**
 * Settles when the message, and everything sent before it, has left this process. A peer that is gone, or goes away
 * meanwhile, is not an error: its exit is seen elsewhere.
 */
export function sendLifecycle(peer: Peer, message: LifecycleMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!peer.connected || !peer.send) resolve();
    else peer.send({ cmd: CMD, ...message }, undefined, undefined, () => resolve());
  });
}

/** Calls `listener` with each message of `peer`. Returns a function that ends this. */
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
  const { cmd, type, timeoutMs, addresses, code } = message as Record<string, unknown>;
  if (cmd !== CMD) return undefined;
  switch (type) {
    case 'hello':
    case 'ready':
    case 'retire':
    case 'farewell':
    case 'holds':
      return { type };
    case 'exits':
      return typeof code === 'number' ? { type, code: code & 255 } : undefined;
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
