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

/** What queues share that have a limit together. */
export class SharedPlaces {
  /** How many wait in all of them. */
  taken = 0;
  /** Those in which somebody waits. */
  readonly queues = new Set<{ readonly length: number; giveUpLast(): void }>();
}

export class WaitingQueue<Client extends { readonly connection: PendingConnection }> {
  readonly #limits: WaitingLimits;
  readonly #places: SharedPlaces;
  readonly #onGivenUp: (client: Client) => void;
  /** In order, each with its timeout. */
  readonly #clients = new Map<Client, NodeJS.Timeout>();

  /** `onGivenUp` is called with a client that has waited too long, or made room, and is no longer in the queue. */
  constructor(limits: WaitingLimits, places: SharedPlaces, onGivenUp: (client: Client) => void) {
    this.#limits = limits;
    this.#places = places;
    this.#onGivenUp = onGivenUp;
  }

  get length(): number {
    return this.#clients.size;
  }

  /** @returns whether there was room */
  join(client: Client): boolean {
    const { max, maxInAll, maxBytes, timeoutMs } = this.#limits;
    if (this.length >= max) return false;
    const { connection } = client;
    if (connection.bytes.length + this.#bytes() > maxBytes) return false;
    if (this.#places.taken >= maxInAll && !this.#makeRoom()) return false;
    const timer = setTimeout(() => this.#giveUp(client), timeoutMs).unref();
    this.#clients.set(client, timer);
    this.#places.taken += 1;
    this.#places.queues.add(this);
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

  /** The client that came last is given up: it has waited least. */
  giveUpLast(): void {
    const last = [...this.#clients.keys()].at(-1);
    if (last) this.#giveUp(last);
  }

  /** The longest queue gives up a client, unless this queue would then be longer: crowds of some workers cost others none. */
  #makeRoom(): boolean {
    const [longest] = [...this.#places.queues].sort((a, b) => b.length - a.length);
    if (!longest || longest.length <= this.length + 1) return false;
    longest.giveUpLast();
    return true;
  }

  #giveUp(client: Client): void {
    this.#remove(client);
    this.#onGivenUp(client);
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
    this.#places.taken -= 1;
    if (this.length === 0) this.#places.queues.delete(this);
  }
}
