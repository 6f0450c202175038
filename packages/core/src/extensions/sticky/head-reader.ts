/**
 * Reads the first request of a connection far enough to know its client. Slow clients get an answer and are closed here,
 * where they cost no worker anything.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { type RequestHead, readHead } from './client/request-head.js';
import { type ErrorResponses, RESPONSES } from './error-responses.js';
import { MAX_HEAD_BYTES, type PendingConnection } from './pending-connection.js';

export interface HeadLimits {
  /** Milliseconds for the head to arrive. Node's own `headersTimeout` starts after that. */
  readonly timeoutMs: number;
  /** Connections that may be read at a time. Beyond that, the oldest is delivered without its head. */
  readonly maxReading: number;
}

export const HEAD_TIMEOUT_MS = 10_000;

/** `head` is `undefined` if it was not waited for. */
type Deliver = (head: RequestHead | undefined) => void;

export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #errorResponses: ErrorResponses;
  /** In order of arrival, each with the function that delivers it without its head. */
  readonly #reading = new Map<PendingConnection, () => void>();

  constructor(limits: HeadLimits, errorResponses: ErrorResponses) {
    this.#limits = limits;
    this.#errorResponses = errorResponses;
  }

  /**
   * Calls `deliver` at most once, and never if the client leaves or is closed. Holds the connection until somebody else
   * does.
   */
  read(connection: PendingConnection, deliver: Deliver): void {
    if (this.#reading.size >= this.#limits.maxReading) {
      const [giveOldestAway] = this.#reading.values();
      giveOldestAway?.();
    }
    const end = () => {
      clearTimeout(timer);
      this.#reading.delete(connection);
    };
    const give = (head: RequestHead | undefined) => {
      end();
      deliver(head);
    };
    const timer = setTimeout(() => {
      end();
      // A client that has sent nothing gets no answer: its connection is closed as idle.
      if (connection.bytes.length === 0) connection.drop();
      else this.#errorResponses.send(connection, RESPONSES.late);
    }, this.#limits.timeoutMs).unref();
    this.#reading.set(connection, () => give(undefined));
    connection.hold({
      onData: () => {
        const head = readHead(connection.bytes);
        if (head) give(head);
        else if (connection.bytes.length > MAX_HEAD_BYTES) {
          end();
          this.#errorResponses.send(connection, RESPONSES.tooLong);
        }
      },
      left: end,
    });
  }

  close(): void {
    for (const connection of this.#reading.keys()) connection.drop();
    this.#reading.clear();
  }
}
