/**
 * Connections that wait in line for one worker, because it has not taken those before them: its event loop is blocked, or
 * its clients arrive faster than it accepts them. A client that leaves is forgotten at once. The caller answers a client
 * that has waited too long, or for which there is no room.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import type { PendingConnection } from './pending-connection.js';

export interface WaitingLimits {
  readonly max: number;
  /** The limit of all queues that share a count. */
  readonly maxInAll: number;
  /** Bytes received from all of them; beyond it, at most one more chunk of each is read. */
  readonly maxBytes: number;
  /** Milliseconds after which a client has waited too long. */
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
  /** In order, each with its timeout. */
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

  /** @returns whether there was room */
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

  /** Removes and returns the first client. Its connection is still held. */
  next(): Client | undefined {
    const [client] = this.#clients.keys();
    if (client) this.#remove(client);
    return client;
  }

  /** Removes and returns the clients for which `which` is true. */
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
