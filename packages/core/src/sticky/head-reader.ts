/**
 * Reads the first request of a connection far enough to know its client, and gives the connection away with all that was
 * read. Clients that take their time are answered and closed, here, where they cost no worker anything.
 */
import { Socket } from 'node:net';
import type { TcpHandle } from './handle.js';
import { type RequestHead, readHead } from './request-head.js';

export interface HeadLimits {
  /** Milliseconds for the head to come; Node's own `headersTimeout` counts from there. */
  readonly timeoutMs: number;
  /** Node's own limit is the same. */
  readonly maxBytes: number;
  /** So many connections may be read at a time; the oldest ones are then given away as they are. */
  readonly maxReading: number;
}

export const HEAD_LIMITS: HeadLimits = { timeoutMs: 10_000, maxBytes: 16_384, maxReading: 4_096 };

/** `head` is `undefined` where it was not waited for. */
type Deliver = (head: RequestHead | undefined, bytes: Buffer) => void;

export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #reading = new Set<Reading>();

  constructor(limits: HeadLimits = HEAD_LIMITS) {
    this.#limits = limits;
  }

  /** `deliver` is called at most once: not where the client goes, or is closed. */
  read(handle: TcpHandle, deliver: Deliver): void {
    if (this.#reading.size >= this.#limits.maxReading) {
      const [oldest] = this.#reading;
      oldest?.giveUp();
    }
    const reading = new Reading(handle, this.#limits, deliver, () => this.#reading.delete(reading));
    this.#reading.add(reading);
  }

  close(): void {
    for (const reading of this.#reading) reading.drop();
  }
}

class Reading {
  readonly #handle: TcpHandle;
  readonly #socket: Socket;
  readonly #deliver: Deliver;
  readonly #ended: () => void;
  readonly #timer: NodeJS.Timeout;
  #bytes = Buffer.alloc(0);

  constructor(handle: TcpHandle, limits: HeadLimits, deliver: Deliver, ended: () => void) {
    this.#handle = handle;
    this.#deliver = deliver;
    this.#ended = ended;
    this.#timer = setTimeout(() => this.#refuse(408, 'Request Timeout'), limits.timeoutMs).unref();
    this.#socket = new Socket({ handle, readable: true, writable: true } as object);
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => this.#end());
    this.#socket.once('end', () => this.drop());
    this.#socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      const head = readHead(this.#bytes);
      if (head) this.#give(head);
      else if (this.#bytes.length > limits.maxBytes) {
        this.#refuse(431, 'Request Header Fields Too Large');
      }
    });
  }

  /** Waits no longer: the worker has limits of its own. */
  giveUp(): void {
    this.#give(undefined);
  }

  drop(): void {
    this.#end();
    this.#socket.destroy();
  }

  #give(head: RequestHead | undefined): void {
    this.#end();
    detach(this.#socket, this.#handle);
    this.#deliver(head, this.#bytes);
  }

  /** Who has not said anything yet gets no answer: it is an idle connection that is closed. */
  #refuse(status: number, reason: string): void {
    this.#end();
    if (this.#bytes.length === 0) this.#socket.destroy();
    else this.#socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\n\r\n`);
    this.#socket.destroySoon();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#socket.removeAllListeners('data');
    this.#ended();
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
