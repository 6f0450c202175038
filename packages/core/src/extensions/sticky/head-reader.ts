/**
 * Reads the first request of a connection far enough to know its client. Clients that take their time are answered and
 * closed, here, where they cost no worker anything.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { type RequestHead, readHead } from './client/request-head.js';
import { type ErrorResponses, RESPONSES } from './error-responses.js';
import { MAX_HEAD_BYTES, type PendingConnection } from './pending-connection.js';

export interface HeadLimits {
  /** Milliseconds for the head to come; Node's own `headersTimeout` counts from there. */
  readonly timeoutMs: number;
  /** So many connections may be read at a time; the oldest ones are then given away as they are. */
  readonly maxReading: number;
}

export const HEAD_TIMEOUT_MS = 10_000;

/** `head` is `undefined` where it was not waited for. */
type Deliver = (head: RequestHead | undefined) => void;

export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #errorResponses: ErrorResponses;
  /** With what gives each of them away as it is. In the order of their arrival. */
  readonly #reading = new Map<PendingConnection, () => void>();

  constructor(limits: HeadLimits, errorResponses: ErrorResponses) {
    this.#limits = limits;
    this.#errorResponses = errorResponses;
  }

  /** `deliver` is called at most once: not where the client goes, or is closed. It is held until somebody else holds it. */
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
      // Who has not said anything yet gets no answer: it is an idle connection that is closed.
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
