/**
 * A connection that no worker has yet. While it is held it is read, so that a client that leaves is noticed; what came
 * goes with it to the worker. One that nobody waits with is just a handle.
 */

import { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { TcpHandle } from './tcp-handle.js';

/** Who waits with a connection. */
export interface Holder {
  /** Bytes came. */
  onData?(): void;
  /** The client left, by closing its side or by a reset; the connection is closed. */
  left(): void;
}

/** Bytes that are read of a connection; Node's own limit for a head is the same. */
export const MAX_HEAD_BYTES = 16_384;

const nobody: Holder = { left() {} };

export class PendingConnection {
  readonly #handle: TcpHandle;
  #socket: Socket | undefined;
  #holder = nobody;
  #bytes = Buffer.alloc(0);

  constructor(handle: TcpHandle) {
    this.#handle = handle;
  }

  /** What has come. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Reads no more of it for now; a client that leaves is not noticed. */
  pause(): void {
    this.#socket?.pause();
  }

  /** From now on for this holder, and no other. */
  hold(holder: Holder): void {
    this.#holder = holder;
    this.#socket ??= this.#read();
  }

  /** The handle, which is not read any more. */
  release(): TcpHandle {
    if (this.#socket) detach(this.#socket, this.#handle);
    this.#socket = undefined;
    this.#holder = nobody;
    return this.#handle;
  }

  /** Closes it once the client has read this, or has left. `closed` is called then. */
  end(answer: string, lingerMs: number, closed: () => void): void {
    this.hold(nobody);
    const socket = this.#socket as Socket;
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      closed();
    });
    // What comes now is not kept, and does not fill the buffers of the system: a reset would overtake the answer.
    socket.removeAllListeners('data').resume().end(answer);
  }

  drop(): void {
    this.#holder = nobody;
    if (this.#socket) this.#socket.destroy();
    else this.#handle.close();
  }

  #read(): Socket {
    const socket = new Socket({ handle: this.#handle, readable: true, writable: true } as object);
    const left = () => {
      const holder = this.#holder;
      this.drop();
      holder.left();
    };
    // The cluster lives as long as it has workers, not as long as somebody waits for one.
    socket.unref();
    socket.on('error', () => {});
    socket.once('end', left);
    socket.once('close', left);
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      if (this.#bytes.length > MAX_HEAD_BYTES) socket.pause();
      this.#holder.onData?.();
    });
    return socket;
  }
}

/** Takes the handle out of the socket, as Node does to send one to a child (lib/internal/child_process.js). */
function detach(socket: Socket, handle: TcpHandle): void {
  handle.readStop();
  Object.assign(handle, { reading: false });
  Object.assign(socket, { _handle: null });
  socket.removeAllListeners();
  socket.destroy();
}
