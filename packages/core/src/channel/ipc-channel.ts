/**
 * Muster's own messages between a worker and its primary, beside the bus on Node's IPC channel, with or without a handle.
 * Their `cmd` starts with `NODE_`, so that no `message` listener of the app sees them (see lifecycle-message.ts).
 */
import type { ChildProcess, SendHandle } from 'node:child_process';

export type Peer = Pick<ChildProcess | NodeJS.Process, 'on' | 'off' | 'send'> & {
  connected?: boolean;
};

export interface IpcChannel {
  /** @returns whether it was sent. A peer that is gone is not an error: its exit is seen elsewhere */
  send(peer: Peer, message: object, handle?: unknown): boolean;
  /** The message is passed on unchecked. Returns a function that ends the listening. */
  listen(peer: Peer, listener: (message: unknown, handle: unknown) => void): () => void;
}

export function openIpcChannel(cmd: `NODE_MUSTER_${string}`): IpcChannel {
  return {
    send(peer, message, handle) {
      if (!peer.connected || !peer.send) return false;
      peer.send({ cmd, message }, handle as SendHandle | undefined, undefined, () => {});
      return true;
    },
    listen(peer, listener) {
      const receive = (envelope: unknown, handle: unknown) => {
        const { cmd: given, message } = (envelope ?? {}) as { cmd?: unknown; message?: unknown };
        if (given === cmd) listener(message, handle);
      };
      peer.on('internalMessage', receive);
      return () => peer.off('internalMessage', receive);
    },
  };
}
