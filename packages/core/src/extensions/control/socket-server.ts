/**
 * Answers calls over a Unix socket, and survives every client: input that is too long, not JSON, too much or too slow, and
 * answers that are never read, lead to an error or a closed connection, and cost bounded memory.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { InvalidOptionError } from '../../errors.js';
import { trace } from '../../process/trace.js';
import { LineSplitter } from '../../text/line-splitter.js';
import {
  type Answer,
  answeredError,
  type Call,
  MAX_CALL_BYTES,
  PROTOCOL_VERSION,
  parseCall,
  serialized,
} from './protocol.js';

/** Whose call it is. */
export interface Connection {
  /** Aborted when either side has ended it: nobody waits for an answer any more. */
  readonly closed: AbortSignal;
}

export type CallHandler = (args: Call['args'], connection: Connection) => unknown;

/** Connections at a time; any more are closed at once. */
const MAX_CONNECTIONS = 64;
/** Calls in progress on one connection; nothing more is read from it until one of them is answered. */
const MAX_CALLS = 16;
/** Milliseconds for a call to arrive completely, or for the next one to begin. */
const TIMEOUT_MS = 30_000;
/** Bytes of answers that a client has not read before it is disconnected. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

export class SocketServer {
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timeoutMs: number;

  constructor(handlers: Readonly<Record<string, CallHandler>>, timeoutMs = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
    this.#handlers = new Map(Object.entries(handlers));
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    // The process lives as long as the cluster has work, not as long as somebody could ask about it.
    this.#server.unref();
  }

  /** Rejects with the error of `listen`: EADDRINUSE if a file of that name exists. */
  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // After a failed accept (no file descriptor left) only that client loses its connection.
    this.#server.on('error', () => {});
    chmodSync(path, 0o600);
  }

  /** Ends every connection once its answers are written, and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const closed = new AbortController();
    socket.once('close', () => {
      this.#sockets.delete(socket);
      closed.abort(new Error('The connection was closed.'));
    });
    const connection = { closed: closed.signal };
    socket.on('error', () => socket.destroy());
    socket.unref();
    let open = 0;
    const splitter = new LineSplitter(MAX_CALL_BYTES);
    socket.setTimeout(this.#timeoutMs, () => {
      if (open === 0) socket.destroy();
    });
    socket.on('data', (chunk) => {
      for (const line of splitter.push(chunk)) {
        if (socket.writableEnded) return;
        open += 1;
        if (open >= MAX_CALLS) socket.pause();
        void this.#answer(line, connection).then((answer) => {
          open -= 1;
          if (open < MAX_CALLS) socket.resume();
          send(socket, answer);
        });
      }
    });
  }

  async #answer(line: Buffer, connection: Connection): Promise<Answer | { fatal: Answer }> {
    const fatal = (id: number, message: string) => ({
      fatal: { v: PROTOCOL_VERSION, id, error: { message } },
    });
    if (line.length >= MAX_CALL_BYTES)
      return fatal(0, `A call has at most ${MAX_CALL_BYTES} bytes.`);
    const call = parseCall(line);
    if (!call)
      return fatal(
        0,
        'This is no call: one line of JSON with v, id and call, and its arguments as an object, args.',
      );
    const { v, id } = call;
    if (v !== PROTOCOL_VERSION) {
      return fatal(
        id,
        `This cluster speaks version ${PROTOCOL_VERSION} of the protocol, and not ${v}: use the muster command of its own @muster/core.`,
      );
    }
    try {
      if (call.stray !== undefined) {
        throw new InvalidOptionError(
          `A call has no ${JSON.stringify(call.stray.slice(0, 40))}: its arguments are in args.`,
        );
      }
      const handler = this.#handlers.get(call.call);
      trace('control call %s', call.call.slice(0, 40));
      if (!handler) throw new Error(`There is no call ${JSON.stringify(call.call.slice(0, 40))}.`);
      return { v, id, ok: (await handler(call.args, connection)) ?? null };
    } catch (error) {
      return { v, id, error: answeredError(error) };
    }
  }
}

function send(socket: Socket, answer: Answer | { fatal: Answer }): void {
  if (socket.writableEnded || socket.destroyed) return;
  if ('fatal' in answer) socket.end(serialized(answer.fatal));
  else socket.write(serialized(answer));
  if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
}
