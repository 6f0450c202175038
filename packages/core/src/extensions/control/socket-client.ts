// The client of a control socket: calls a primary, and never waits for ever.

import { connect, type Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import { ControlSocketError } from '../../errors.js';
import { LineSplitter } from '../../text/line-splitter.js';
import {
  type AnsweredError,
  MAX_ANSWER_BYTES,
  PROTOCOL_VERSION,
  parseAnswer,
  serialized,
} from './protocol.js';

/** The primary answered with an error. */
export class RefusedCallError extends Error {
  override readonly name = 'RefusedCallError';
  readonly answered: AnsweredError;

  constructor(answered: AnsweredError) {
    super(answered.message);
    this.answered = answered;
  }
}

interface Waiting {
  resolve(ok: unknown): void;
  reject(error: Error): void;
}

export class SocketClient {
  readonly #path: string;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Settles when either side has ended the connection. */
  readonly closed: Promise<void>;

  private constructor(path: string, socket: Socket) {
    this.#path = path;
    this.#socket = socket;
    const splitter = new LineSplitter(MAX_ANSWER_BYTES);
    socket.on('data', (chunk) => {
      for (const line of splitter.push(chunk)) this.#receive(line);
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => this.#fail());
  }

  /** Rejects with the system's error, such as ECONNREFUSED if nobody listens any more, or after `timeoutMs`. */
  static connect(path: string, timeoutMs = 5_000): Promise<SocketClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const timer = setTimeout(
        () => socket.destroy(new ControlSocketError(`${path} did not answer in ${timeoutMs} ms.`)),
        timeoutMs,
      );
      socket.once('error', reject);
      socket.once('close', () => clearTimeout(timer));
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', reject);
        resolve(new SocketClient(path, socket));
      });
    });
  }

  /**
   * Settles with the answer, however long it takes, unless there is a `timeoutMs`.
   *
   * @throws RefusedCallError if the primary answered with an error.
   * @throws ControlSocketError if the connection ended, or the time is up.
   */
  async call(
    call: string,
    args: Readonly<Record<string, unknown>> = {},
    { timeoutMs }: { timeoutMs?: number } = {},
  ): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        if (this.#socket.destroyed) this.#fail();
        else this.#socket.write(serialized({ v: PROTOCOL_VERSION, id, call, args }));
        if (timeoutMs === undefined) return;
        const late = `The primary did not answer ${call} within ${timeoutMs} ms (${this.#path}).`;
        timer = setTimeout(() => reject(new ControlSocketError(late)), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: Buffer): void {
    const answer = parseAnswer(line);
    // Id 0 answers a message that the server could not read: nothing else will come.
    const waiting = answer && (this.#waiting.get(answer.id) ?? this.#waiting.values().next().value);
    if (!answer) this.#socket.destroy();
    else if ('ok' in answer) waiting?.resolve(answer.ok);
    else waiting?.reject(new RefusedCallError(answer.error));
  }

  #fail(): void {
    const gone = `The primary ended the connection without an answer (${this.#path}).`;
    for (const { reject } of this.#waiting.values()) reject(new ControlSocketError(gone));
  }
}
