/**
 * One address that workers listen on: accepts, and offers each connection to the worker of its client's slot.
 *
 * A connection stays here until a worker has taken it. Where one refuses (its server was just closed) or dies first, the
 * next worker gets it, so that none is lost to a worker that goes.
 */
import { createServer, type Server } from 'node:net';
import type { ClientKeys } from './client-key.js';
import type { ServerHandle, TcpHandle } from './handle.js';
import type { HeadReader } from './head-reader.js';
import type { ListenQuery } from './protocol.js';
import { rank } from './rendezvous.js';

/** A worker, as far as a listener needs it. */
export interface Acceptor {
  readonly slot: number;
  readonly generation: number;
  /** Whether it was sent. */
  offer(connection: Connection): boolean;
}

export interface Connection {
  readonly listener: StickyListener;
  readonly handle: TcpHandle;
  readonly client: string;
  readonly head: Buffer;
  /** Those that did not take it. */
  readonly refusedBy: Set<Acceptor>;
}

/** Milliseconds and how many connections wait where no worker listens at the moment. */
const HOMELESS_MS = 30_000;
const MAX_HOMELESS = 1_024;

/** `UV_TCP_IPV6ONLY` of libuv. */
const IPV6_ONLY = 1;

export class StickyListener {
  readonly key: string;
  readonly data: unknown;
  /** Who listens here. */
  readonly acceptors = new Set<Acceptor>();
  readonly #keys: ClientKeys;
  readonly #heads: HeadReader;
  readonly #server: Server = createServer();
  readonly #homeless = new Map<Connection, NodeJS.Timeout>();
  #listening: Promise<object> | undefined;

  constructor(key: string, data: unknown, keys: ClientKeys, heads: HeadReader) {
    this.key = key;
    this.data = data;
    this.#keys = keys;
    this.#heads = heads;
  }

  /** Its socket name, once it listens. Rejects with the error of Node's `listen()`. */
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
    for (const [connection, timer] of [...this.#homeless]) {
      clearTimeout(timer);
      this.#homeless.delete(connection);
      connection.refusedBy.clear();
      this.place(connection);
    }
  }

  /** Offers it to the newest worker of its slot, else to that of the next slot. */
  place(connection: Connection): void {
    const open = [...this.acceptors].filter((one) => !connection.refusedBy.has(one));
    const [slot] = rank(connection.client, [...new Set(open.map((one) => one.slot))]);
    const newest = open
      .filter((one) => one.slot === slot)
      .reduce<Acceptor | undefined>(
        (best, one) => (best && best.generation > one.generation ? best : one),
        undefined,
      );
    if (!newest) {
      this.#keep(connection);
    } else if (!newest.offer(connection)) {
      connection.refusedBy.add(newest);
      this.place(connection);
    }
  }

  close(): void {
    this.#server.close();
    for (const [connection, timer] of this.#homeless) {
      clearTimeout(timer);
      connection.handle.close();
    }
    this.#homeless.clear();
  }

  #accept(handle: TcpHandle): void {
    const peer: { address?: string } = {};
    // It may be gone already.
    if (handle.getpeername(peer) !== 0 || peer.address === undefined) {
      handle.close();
      return;
    }
    const { address } = peer;
    const connection = { listener: this, handle, refusedBy: new Set<Acceptor>() };
    if (!this.#keys.needsHead(address)) {
      const client = this.#keys.keyOf(address, undefined);
      this.place({ ...connection, client, head: Buffer.alloc(0) });
      return;
    }
    this.#heads.read(handle, (head, bytes) => {
      this.place({ ...connection, client: this.#keys.keyOf(address, head), head: bytes });
    });
  }

  #keep(connection: Connection): void {
    const drop = (one: Connection) => {
      clearTimeout(this.#homeless.get(one));
      this.#homeless.delete(one);
      one.handle.close();
    };
    const [oldest] = this.#homeless.keys();
    if (this.#homeless.size >= MAX_HOMELESS && oldest) drop(oldest);
    this.#homeless.set(connection, setTimeout(() => drop(connection), HOMELESS_MS).unref());
  }
}
