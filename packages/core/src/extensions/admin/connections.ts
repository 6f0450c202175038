// The connections of the admin endpoint, held within limits (connection-policy.ts) whenever one comes, and a moment later.

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
/** Milliseconds for a client to read an answer. */
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
    // Its error is followed by its end.
    socket.on('error', () => {});
    this.#trim();
  }

  /** A request has come. The result is to be called when all of the answer is written: then it is up to the client. */
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
