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
  /** Connections that may be read at a time. Beyond that, one is delivered without its head. */
  readonly maxReading: number;
}

export const HEAD_TIMEOUT_MS = 10_000;

/** A source with more than this part of the connections that may be read is the first to lose one. */
const FAIR_PART = 1 / 8;

/** `head` is `undefined` if it was not waited for. */
type Deliver = (head: RequestHead | undefined) => void;

interface Reading {
  readonly source: string | undefined;
  deliverWithoutHead(): void;
}

export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #errorResponses: ErrorResponses;
  /** In order of arrival. */
  readonly #reading = new Map<PendingConnection, Reading>();
  /** How many are read of each source. */
  readonly #counts = new Map<string, number>();

  constructor(limits: HeadLimits, errorResponses: ErrorResponses) {
    this.#limits = limits;
    this.#errorResponses = errorResponses;
  }

  /**
   * Calls `deliver` at most once, and never if the client leaves or is closed. Holds the connection until somebody else
   * does. `source`: where it comes from, or `undefined` if that is shared by many clients.
   */
  read(connection: PendingConnection, source: string | undefined, deliver: Deliver): void {
    if (this.#reading.size >= this.#limits.maxReading) this.#giveOneAway();
    const end = () => {
      clearTimeout(timer);
      if (this.#reading.delete(connection)) this.#count(source, -1);
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
    this.#reading.set(connection, { source, deliverWithoutHead: () => give(undefined) });
    this.#count(source, 1);
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
    this.#counts.clear();
  }

  /** The oldest of the source with the most, if these are more than a fair part; otherwise the oldest of all. */
  #giveOneAway(): void {
    let most = Math.max(1, this.#limits.maxReading * FAIR_PART);
    let greedy: string | undefined;
    for (const [source, count] of this.#counts) if (count > most) [greedy, most] = [source, count];
    for (const { source, deliverWithoutHead } of this.#reading.values()) {
      if (greedy !== undefined && source !== greedy) continue;
      deliverWithoutHead();
      return;
    }
  }

  #count(source: string | undefined, change: 1 | -1): void {
    if (source === undefined) return;
    const count = (this.#counts.get(source) ?? 0) + change;
    if (count > 0) this.#counts.set(source, count);
    else this.#counts.delete(source);
  }
}
