/**
 * A worker, and the connections meant for it. Only a few are on their way to it at a time, because Node buffers what it
 * sends to a process that does not read, and does not notice a client that leaves meanwhile. All others wait here, in line.
 */
import type { WorkerHandle } from '../extension.js';
import { sendToWorker, type ToWorker } from './protocol.js';
import type { Acceptor, Client, StickyListener } from './sticky-listener.js';
import { type SharedPlaces, type WaitingLimits, WaitingQueue } from './waiting-queue.js';

/** Connections that were offered to a worker and not answered. A higher limit would not be faster. */
const MAX_IN_FLIGHT = 16;

export class WorkerAcceptor implements Acceptor {
  readonly slot: number;
  readonly generation: number;
  /** The keys of the addresses that it listens on, or has requested. */
  readonly places = new Set<string>();
  /** How often it requested more addresses than it may have. */
  refusedListens = 0;
  #gone = false;
  readonly #handle: WorkerHandle;
  /** By sequence number. */
  readonly #offers = new Map<number, Client>();
  readonly #queue: WaitingQueue<Client>;
  #lastSeq = 0;

  constructor(handle: WorkerHandle, limits: WaitingLimits, places: SharedPlaces) {
    this.slot = handle.slot;
    this.generation = handle.generation;
    this.#handle = handle;
    this.#queue = new WaitingQueue(limits, places, (client) =>
      client.listener.refuse(client, this),
    );
  }

  get gone(): boolean {
    return this.#gone;
  }

  get waiting(): number {
    return this.#queue.length + this.#offers.size;
  }

  tell(message: ToWorker, handle?: unknown): boolean {
    return sendToWorker(this.#handle.process, message, handle);
  }

  take(client: Client): 'taken' | 'full' | 'gone' {
    if (this.#gone || !this.#handle.process.connected) return 'gone';
    if (this.#offers.size < MAX_IN_FLIGHT) return this.#offer(client) ? 'taken' : 'gone';
    return this.#queue.join(client) ? 'taken' : 'full';
  }

  /** Call it with the worker's answer to an offer. */
  answered(seq: number, accepted: boolean): void {
    const client = this.#offers.get(seq);
    if (!client) return;
    this.#offers.delete(seq);
    if (accepted) client.connection.drop();
    else this.#passOn(client);
    while (this.#offers.size < MAX_IN_FLIGHT) {
      const next = this.#queue.next();
      if (!next) return;
      if (!this.#offer(next)) this.#passOn(next);
    }
  }

  /** Gives the clients that wait for it at this address to other workers. */
  moveAway(listener: StickyListener): void {
    for (const client of this.#queue.takeAll((one) => one.listener === listener)) {
      listener.place(client);
    }
  }

  leave(): void {
    this.#gone = true;
    const all = [...this.#offers.values(), ...this.#queue.takeAll(() => true)];
    this.#offers.clear();
    for (const client of all) this.#passOn(client);
  }

  #offer(client: Client): boolean {
    const { listener, connection } = client;
    const { bytes } = connection;
    const seq = ++this.#lastSeq;
    const head = bytes.length > 0 ? { head: bytes.toString('base64') } : {};
    const sent = this.tell(
      { act: 'connection', key: listener.key, seq, ...head },
      connection.release(),
    );
    if (sent) this.#offers.set(seq, client);
    return sent;
  }

  #passOn(client: Client): void {
    client.declinedBy.add(this);
    client.listener.place(client);
  }
}
