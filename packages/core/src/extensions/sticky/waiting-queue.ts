/**
 * Connections that wait for one worker, in turn, because it has not taken those before them: its event loop is blocked, or
 * it is slower than its clients come. A client that leaves is forgotten at once; one that has waited too long, or for
 * whom there is no place, has to be answered by somebody else.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import type { PendingConnection } from './pending-connection.js';

export interface WaitingLimits {
  readonly most: number;
  /** Of all lines that have this tally. */
  readonly mostInAll: number;
  /** Of what has come of all of them; beyond it, no more is read than one chunk of each. */
  readonly mostBytes: number;
  /** Milliseconds until one has waited too long. */
  readonly patienceMs: number;
}

/** How many wait, in all queues together. */
export interface Tally {
  waiting: number;
}

export class WaitingQueue<Client extends { readonly connection: PendingConnection }> {
  readonly #limits: WaitingLimits;
  readonly #tally: Tally;
  readonly #late: (client: Client) => void;
  /** In turn, each with the end of its patience. */
  readonly #clients = new Map<Client, NodeJS.Timeout>();

  /** `late` is called with a client that has waited too long, and is no longer in the queue. */
  constructor(limits: WaitingLimits, tally: Tally, late: (client: Client) => void) {
    this.#limits = limits;
    this.#tally = tally;
    this.#late = late;
  }

  get length(): number {
    return this.#clients.size;
  }

  /** Whether there was a place. */
  join(client: Client): boolean {
    const { most, mostInAll, mostBytes, patienceMs } = this.#limits;
    if (this.length >= most || this.#tally.waiting >= mostInAll) return false;
    const { connection } = client;
    if (connection.bytes.length + this.#bytes() > mostBytes) return false;
    const timer = setTimeout(() => {
      this.#remove(client);
      this.#late(client);
    }, patienceMs).unref();
    this.#clients.set(client, timer);
    this.#tally.waiting += 1;
    connection.hold({
      came: () => {
        if (this.#bytes() > mostBytes) connection.pause();
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
    this.#tally.waiting -= 1;
  }
}
