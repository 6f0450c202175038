/**
 * Connections that wait for one worker, in turn, because it has not taken those before them: its event loop is blocked, or
 * it is slower than its clients come. A client that leaves is forgotten at once; one that has waited too long, or for
 * whom there is no place, has to be answered by somebody else.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import type { PendingConnection } from './pending-connection.js';

export interface WaitingLimits {
  readonly max: number;
  /** Of all lines that have this tally. */
  readonly maxInAll: number;
  /** Of what has come of all of them; beyond it, no more is read than one chunk of each. */
  readonly maxBytes: number;
  /** Milliseconds until one has waited too long. */
  readonly timeoutMs: number;
}

/** How many wait, in all queues together. */
export interface WaitingCount {
  waiting: number;
}

export class WaitingQueue<Client extends { readonly connection: PendingConnection }> {
  readonly #limits: WaitingLimits;
  readonly #waitingCount: WaitingCount;
  readonly #onTimeout: (client: Client) => void;
  /** In turn, each with the end of its patience. */
  readonly #clients = new Map<Client, NodeJS.Timeout>();

  /** `onTimeout` is called with a client that has waited too long, and is no longer in the queue. */
  constructor(
    limits: WaitingLimits,
    waitingCount: WaitingCount,
    onTimeout: (client: Client) => void,
  ) {
    this.#limits = limits;
    this.#waitingCount = waitingCount;
    this.#onTimeout = onTimeout;
  }

  get length(): number {
    return this.#clients.size;
  }

  /** Whether there was a place. */
  join(client: Client): boolean {
    const { max, maxInAll, maxBytes, timeoutMs } = this.#limits;
    if (this.length >= max || this.#waitingCount.waiting >= maxInAll) return false;
    const { connection } = client;
    if (connection.bytes.length + this.#bytes() > maxBytes) return false;
    const timer = setTimeout(() => {
      this.#remove(client);
      this.#onTimeout(client);
    }, timeoutMs).unref();
    this.#clients.set(client, timer);
    this.#waitingCount.waiting += 1;
    connection.hold({
      onData: () => {
        if (this.#bytes() > maxBytes) connection.pause();
      },
      left: () => this.#remove(client),
    });
    return true;
  }

  /** The one whose turn it is. It is still held. */
  next(): Client | undefined {
    const [client] = this.#clients.keys();
    if (client) this.#remove(client);
    return client;
  }

  /** Those of whom it is true. */
  takeAll(which: (client: Client) => boolean): Client[] {
    const taken = [...this.#clients.keys()].filter(which);
    for (const client of taken) this.#remove(client);
    return taken;
  }

  #bytes(): number {
    let sum = 0;
    for (const { connection } of this.#clients.keys()) sum += connection.bytes.length;
    return sum;
  }

  #remove(client: Client): void {
    const timer = this.#clients.get(client);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#clients.delete(client);
    this.#waitingCount.waiting -= 1;
  }
}
