// One connection to Redis, set up so that nothing is ever sent twice or kept back for later.
import type { Redis, RedisOptions } from 'ioredis';
import type { Script } from './scripts.js';

/** What the stores on one connection are told. */
export interface ConnectionListener {
  /** Commands can be sent. */
  connected(): void;
  /** The connection is gone; what was sent on it and not answered never will be. */
  lost(): void;
}

/** Milliseconds from one attempt to connect to the next: so that a server is back for us soon after it is back. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(attempt * 50, 500);
}

/** What the store needs of a client, whatever else its owner wants of it. */
export const CLIENT_OPTIONS = {
  lazyConnect: true,
  // With it, 20 acknowledged increments stored 24.
  autoResendUnfulfilledCommands: false,
  // Calls wait here, not in ioredis, where a call that has failed would still be sent on the next connection.
  enableOfflineQueue: false,
  maxRetriesPerRequest: null,
  // Commands of one turn leave together; see `cork`. It takes half of the time of ioredis's own.
  enableAutoPipelining: false,
  // Every server speaks it, proxies too, and nothing here needs the other one.
  protocol: 2,
  keyPrefix: '',
  retryStrategy: reconnectDelayMs,
  connectionName: `muster:store:${process.pid}`,
} as const satisfies RedisOptions;

export class RedisConnection {
  readonly client: Redis;
  /** The scripts that this connection has sent, and the server therefore has. */
  readonly scripts = new Set<Script>();
  readonly #listeners = new Set<ConnectionListener>();
  #lastError: Error | undefined;
  #turnEnds: (() => void)[] | undefined;

  /** @param client not connected yet, with `CLIENT_OPTIONS`. */
  constructor(client: Redis) {
    this.client = client;
    // Without a listener, ioredis prints its errors. Each call that suffers from one has it as its cause.
    client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    client.on('ready', () => {
      this.#lastError = undefined;
      for (const listener of this.#listeners) listener.connected();
    });
    client.on('close', () => {
      this.scripts.clear();
      for (const listener of this.#listeners) listener.lost();
    });
  }

  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /** Why there is no connection, as far as it is known. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** @returns its unsubscribe. */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connect(): void {
    // A failed attempt is told to the error listener, and followed by the next one.
    if (this.client.status === 'wait') this.client.connect().catch(() => {});
  }

  /** Holds commands back until the end of the turn: one system call for all of them. */
  cork(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = [];
    const { stream } = this.client;
    stream?.cork();
    setImmediate(() => {
      const ends = this.#turnEnds ?? [];
      for (const end of ends) end();
      this.#turnEnds = undefined;
      stream?.uncork();
    });
  }

  /** Runs `end` when the events that are due now have been handled, before what is held back is sent. */
  atEndOfTurn(end: () => void): void {
    this.cork();
    this.#turnEnds?.push(end);
  }

  /** Gives this connection up and opens another one. */
  reset(): void {
    this.client.disconnect(true);
  }

  close(): void {
    this.client.disconnect();
  }
}
