/**
 * One address that workers listen on: accepts, and offers each connection to the worker of its client's slot.
 *
 * A connection stays here until a worker has taken it. If that worker refuses (its server was just closed) or dies first,
 * the next worker gets the connection, so that none is lost with a worker that leaves.
 */
import { createServer, type Server } from 'node:net';
import type { ClientKeys } from './client/client-key.js';
import { rank } from './client/rendezvous.js';
import type { RequestHead } from './client/request-head.js';
import { type ErrorResponses, RESPONSES } from './error-responses.js';
import type { HeadReader } from './head-reader.js';
import { PendingConnection } from './pending-connection.js';
import type { ListenQuery } from './protocol.js';
import type { ServerHandle, TcpHandle } from './tcp-handle.js';
import { type SharedPlaces, WaitingQueue } from './waiting-queue.js';

/** A worker, as a listener sees it. */
export interface Acceptor {
  readonly slot: number;
  readonly generation: number;
  /** Connections that it has not taken yet. */
  readonly waiting: number;
  /** `'full'`: too many connections wait for it. `'gone'`: it takes no more connections. */
  take(client: Client): 'taken' | 'full' | 'gone';
  moveAway(listener: StickyListener): void;
}

/** A client that has connected. */
export interface Client {
  readonly listener: StickyListener;
  readonly connection: PendingConnection;
  /** Decides which worker it gets. */
  readonly key: string;
  /** The workers that did not take it. */
  readonly declinedBy: Set<Acceptor>;
}

/** What all listeners share. */
export interface StickyContext {
  readonly keys: ClientKeys;
  readonly heads: HeadReader;
  readonly errorResponses: ErrorResponses;
  /** Connections that wait because no worker listens at the moment. */
  readonly maxUnrouted: number;
  readonly unrouted: SharedPlaces;
  /** Called when a worker did not take a connection that no other worker may have. */
  onBusy(acceptor: Acceptor): void;
}

/** Milliseconds to wait for a worker if none listens. */
const UNROUTED_MS = 30_000;
/** Bytes that these clients have sent. */
const UNROUTED_BYTES = 8 * 1024 * 1024;

/** `UV_TCP_IPV6ONLY` of libuv. */
const IPV6_ONLY = 1;

export class StickyListener {
  readonly key: string;
  readonly data: unknown;
  /** The workers that listen here. */
  readonly acceptors = new Set<Acceptor>();
  readonly #context: StickyContext;
  readonly #server: Server = createServer();
  readonly #unrouted: WaitingQueue<Client>;
  #listening: Promise<object> | undefined;
  #closed = false;

  constructor(key: string, data: unknown, context: StickyContext) {
    this.key = key;
    this.data = data;
    this.#context = context;
    const max = context.maxUnrouted;
    const limits = { max, maxInAll: max, maxBytes: UNROUTED_BYTES, timeoutMs: UNROUTED_MS };
    this.#unrouted = new WaitingQueue(limits, context.unrouted, (client) => this.#refuse(client));
  }

  /** Resolves with the socket name once it listens. Rejects with the error of Node's `listen()`. */
  listen({ address, port, flags = 0, backlog }: ListenQuery): Promise<object> {
    this.#listening ??= new Promise((resolve, reject) => {
      const server = this.#server;
      server.once('error', reject);
      server.listen(
        {
          port,
          ...(address !== null && { host: address }),
          ...(backlog !== undefined && { backlog }),
          ipv6Only: (flags & IPV6_ONLY) !== 0,
        },
        () => {
          const { _handle: handle } = server as unknown as { _handle: ServerHandle };
          handle.onconnection = (error, connection) => {
            if (error === 0 && connection) this.#accept(connection);
          };
          const sockname = {};
          handle.getsockname?.(sockname);
          resolve(sockname);
        },
      );
    });
    return this.#listening;
  }

  add(acceptor: Acceptor): void {
    this.acceptors.add(acceptor);
    for (const client of this.#unrouted.takeAll(() => true)) {
      client.declinedBy.clear();
      this.place(client);
    }
    // Clients that wait for its predecessor in the slot need not wait any more.
    for (const other of this.acceptors) {
      if (other !== acceptor && other.slot === acceptor.slot) other.moveAway(this);
    }
  }

  remove(acceptor: Acceptor): void {
    this.acceptors.delete(acceptor);
    acceptor.moveAway(this);
  }

  /** Gives the client to the newest worker of its slot, or else of the next slot. */
  place(client: Client): void {
    const open = [...this.acceptors].filter((one) => !client.declinedBy.has(one));
    const [slot] = rank(client.key, [...new Set(open.map((one) => one.slot))]);
    const newest = open
      .filter((one) => one.slot === slot)
      .reduce<Acceptor | undefined>(
        (best, one) => (best && best.generation > one.generation ? best : one),
        undefined,
      );
    if (!newest) {
      if (this.#closed) client.connection.drop();
      else if (!this.#unrouted.join(client)) this.#refuse(client);
      return;
    }
    const outcome = newest.take(client);
    if (outcome === 'full') this.refuse(client, newest);
    if (outcome !== 'gone') return;
    client.declinedBy.add(newest);
    this.place(client);
  }

  /** The worker does not take the client, and another one would not know it: the client may come back. */
  refuse(client: Client, acceptor: Acceptor): void {
    this.#refuse(client);
    this.#context.onBusy(acceptor);
  }

  close(): void {
    this.#closed = true;
    this.#server.close();
    for (const { connection } of this.#unrouted.takeAll(() => true)) connection.drop();
  }

  #accept(handle: TcpHandle): void {
    const peer: { address?: string } = {};
    // The client may be gone already.
    if (handle.getpeername(peer) !== 0 || peer.address === undefined) {
      handle.close();
      return;
    }
    const { address } = peer;
    const { keys, heads } = this.#context;
    const connection = new PendingConnection(handle);
    const come = (head: RequestHead | undefined) => {
      const key = keys.keyOf(address, head);
      this.place({ listener: this, connection, key, declinedBy: new Set() });
    };
    if (keys.needsHead(address)) heads.read(connection, keys.sourceOf(address), come);
    else come(undefined);
  }

  #refuse({ connection }: Client): void {
    this.#context.errorResponses.send(connection, RESPONSES.busy);
  }
}
