/**
 * A connection that no worker has yet. While somebody holds it, it is read, so that a client that leaves is noticed; the
 * bytes received go to the worker with it. Otherwise it is just a handle.
 */

import { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { TcpHandle } from './tcp-handle.js';

/** Code that waits with a connection. */
export interface Holder {
  /** Called when bytes arrive. */
  onData?(): void;
  /** Called when the client left, by closing its side or by a reset. The connection is closed. */
  left(): void;
}

/** Bytes that are read from a connection. Node's own limit for headers is the same. */
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

  /** The bytes received so far. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Stops reading for now. A client that leaves is not noticed. */
  pause(): void {
    this.#socket?.pause();
  }

  /** From now on this holder alone is called. */
  hold(holder: Holder): void {
    this.#holder = holder;
    this.#socket ??= this.#read();
  }

  /** Returns the handle, which is no longer read. */
  release(): TcpHandle {
    if (this.#socket) detach(this.#socket, this.#handle);
    this.#socket = undefined;
    this.#holder = nobody;
    return this.#handle;
  }

  /** Closes the connection once the client has read the answer, or has left; then calls `closed`. */
  end(answer: string, lingerMs: number, closed: () => void): void {
    this.hold(nobody);
    const socket = this.#socket as Socket;
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      closed();
    });
    // Further bytes are read and dropped: if they filled the buffers of the system, a reset would overtake the answer.
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
    // The process lives as long as the cluster has workers, not as long as a client waits for one.
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

/** Takes the handle out of the socket, as Node does to send it to a child (lib/internal/child_process.js). */
function detach(socket: Socket, handle: TcpHandle): void {
  handle.readStop();
  Object.assign(handle, { reading: false });
  Object.assign(socket, { _handle: null });
  socket.removeAllListeners();
  socket.destroy();
}
