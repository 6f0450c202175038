/**
 * Tells clients that speak HTTP why their connection is closed. Only few at a time, and not for long: the connections of a
 * crowd are closed without a response.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { isHttp } from './client/request-head.js';
import type { PendingConnection } from './pending-connection.js';

export const RESPONSES = {
  late: answer('408 Request Timeout'),
  tooLong: answer('431 Request Header Fields Too Large'),
  /** Seconds (RFC 9110, 10.2.3). By then a hung worker may have been replaced. */
  busy: answer('503 Service Unavailable', 'Retry-After: 5\r\n'),
};

/** Milliseconds for a client to send its request, and to read the response. */
const LINGER_MS = 1_000;

export class ErrorResponses {
  readonly #max: number;
  readonly #pending = new Set<PendingConnection>();

  constructor(max: number) {
    this.#max = max;
  }

  send(connection: PendingConnection, response: string): void {
    if (this.#pending.size >= this.#max) {
      connection.drop();
      return;
    }
    this.#pending.add(connection);
    const gone = () => this.#pending.delete(connection);
    if (connection.bytes.length > 0) {
      this.#respond(connection, response);
      return;
    }
    const timer = setTimeout(() => {
      gone();
      connection.drop();
    }, LINGER_MS).unref();
    connection.hold({
      onData: () => {
        clearTimeout(timer);
        this.#respond(connection, response);
      },
      left: () => {
        clearTimeout(timer);
        gone();
      },
    });
  }

  close(): void {
    for (const connection of this.#pending) connection.drop();
    this.#pending.clear();
  }

  #respond(connection: PendingConnection, response: string): void {
    const gone = () => this.#pending.delete(connection);
    if (isHttp(connection.bytes)) {
      connection.end(response, LINGER_MS, gone);
    } else {
      gone();
      connection.drop();
    }
  }
}

function answer(status: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`;
}
