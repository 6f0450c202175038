// The connections of the admin endpoint. Whenever one arrives, and a moment later, their number is brought within limits
// (connection-policy.ts).

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import {
  type ConnectionLimits,
  excessConnections,
  type HeldConnection,
} from './connection-policy.js';

const LIMITS: ConnectionLimits = {
  max: 64,
  maxPerAddress: 48,
  maxWithNew: 256,
  newForMs: 1_000,
};
/** Milliseconds for a client to read a response. */
const READ_MS = 10_000;

interface Connection extends HeldConnection {
  state: HeldConnection['state'];
  since: number;
  readonly socket: Socket;
}

export class Connections {
  /** In the order of their arrival. */
  readonly #held = new Map<Socket, Connection>();
  #trimming: NodeJS.Timeout | undefined;

  add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    this.#held.set(socket, { socket, address, state: 'silent', since: performance.now() });
    socket.once('close', () => this.#held.delete(socket));
    // An error is followed by 'close'.
    socket.on('error', () => {});
    this.#trim();
  }

  /** A request has come. Call the returned function when the whole response is written: from then on it is up to the client. */
  asked(socket: Socket, response: ServerResponse): () => void {
    this.#is(socket, 'asked');
    let unread: NodeJS.Timeout | undefined;
    response.once('close', () => {
      clearTimeout(unread);
      this.#is(socket, 'silent');
    });
    return () => {
      this.#is(socket, 'answered');
      unread = setTimeout(() => socket.destroy(), READ_MS).unref();
    };
  }

  closeAll(): void {
    for (const socket of this.#held.keys()) socket.destroy();
  }

  #is(socket: Socket, state: HeldConnection['state']): void {
    const connection = this.#held.get(socket);
    if (connection) Object.assign(connection, { state, since: performance.now() });
  }

  #trim(): void {
    if (this.#held.size <= LIMITS.maxPerAddress) return;
    const held = [...this.#held.values()];
    for (const { socket } of excessConnections(held, LIMITS, performance.now())) {
      this.#held.delete(socket);
      socket.destroy();
    }
    this.#trimming ??= setTimeout(() => {
      this.#trimming = undefined;
      this.#trim();
    }, LIMITS.newForMs).unref();
  }
}
