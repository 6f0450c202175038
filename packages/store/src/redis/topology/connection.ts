// One connection to one Redis server, set up so that nothing is ever sent twice or kept back for later.
import { performance } from 'node:perf_hooks';
import type { Redis, RedisOptions } from 'ioredis';
import type { Script } from '../scripts/scripts.js';
import { greetServers } from './greeting.js';
import { connectAfterEnd, reconnectDelayMs } from './reconnect.js';
import type { TurnWrites } from './turn-writes.js';

/** Called by a connection. */
export interface ConnectionListener {
  /** Commands can be sent. */
  connected(): void;
  /** The connection failed or was lost; calls that were not answered never will be. */
  lost(): void;
}

/** Options that the store's promises need, whatever other options a client has. */
export const CLIENT_OPTIONS = {
  lazyConnect: true,
  // With this option, 20 acknowledged increments stored 24.
  autoResendUnfulfilledCommands: false,
  // Calls wait in `PendingCalls`. ioredis would still send a call that has failed on the next connection.
  enableOfflineQueue: false,
  maxRetriesPerRequest: null,
  // turn-writes.ts sends the commands of one turn together, in half of the time of ioredis's own pipelining.
  enableAutoPipelining: false,
  autoResubscribe: false,
  // Every server and proxy supports it, and nothing here needs version 3.
  protocol: 2,
  keyPrefix: '',
  retryStrategy: reconnectDelayMs,
  // A host that drops packets should be noticed soon when it is back.
  connectTimeout: 2_000,
  // How often a server that is loading its data is asked whether it is ready; the default is a second or more.
  maxLoadingRetryTime: 100,
  // The longest wait for the end of a connection that is closed.
  disconnectTimeout: 500,
} as const satisfies RedisOptions;

/** Milliseconds between two reconnects because the server has become read-only. */
const DISTRUST_EVERY_MS = 1_000;

export class RedisConnection {
  readonly client: Redis;
  /** Its address as far as it is known: for people, and to complete addresses in replies of the server. */
  readonly label: string;
  /** The scripts that the server has run on this connection, and therefore knows. */
  readonly scripts = new Set<Script>();
  /** The number of replies so far. A call without a reply is found by comparing it. */
  answers = 0;
  readonly #turnWrites: TurnWrites;
  readonly #letEnd: () => void;
  #epoch = 0;
  #isReady = false;
  #isRetired = false;
  #lastError: Error | undefined;
  #distrustedAt = Number.NEGATIVE_INFINITY;

  /** @param client not connected yet, with `CLIENT_OPTIONS`. */
  constructor(client: Redis, label: string, turnWrites: TurnWrites, listener: ConnectionListener) {
    this.client = client;
    this.label = label;
    this.#turnWrites = turnWrites;
    // Without a listener, ioredis prints its errors. Calls that fail because of one have it as their cause.
    client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    greetServers(client, {
      greet: () => this.#select(),
      ready: () => {
        this.#lastError = undefined;
        this.#isReady = true;
        this.#epoch++;
        listener.connected();
      },
      refused: (error) => {
        this.#lastError = error;
        listener.lost();
      },
    });
    client.on('close', () => {
      this.#isReady = false;
      this.scripts.clear();
      listener.lost();
    });
    this.#letEnd = connectAfterEnd(client);
  }

  /** Whether commands can be sent: true from the call of `connected` on. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Changes with each reconnect, after which earlier information of the server may be outdated. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether it must not be used any more. Calls that were sent on it may still be answered. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  get host(): string {
    return this.client.options.host ?? '127.0.0.1';
  }

  /** Why there is no connection, as far as it is known. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  connect(): void {
    // The error listener gets the error of a failed attempt, which is followed by the next one.
    if (this.client.status === 'wait') this.client.connect().catch(() => {});
  }

  /** Called before a command: it is sent at the end of the turn. */
  cork(): void {
    if (this.client.stream) this.#turnWrites.cork(this.client.stream);
  }

  /** ASKING: makes the server accept the next command for a slot that it is taking over. */
  asking(): void {
    this.client.asking().catch(() => {});
  }

  /** Closes this connection and opens another one. */
  reset(): void {
    this.client.disconnect(!this.#isRetired);
  }

  /** Reconnects, since its server does not behave like a master: another server may have its address by now. */
  distrust(): void {
    const now = performance.now();
    if (now - this.#distrustedAt < DISTRUST_EVERY_MS) return;
    this.#distrustedAt = now;
    this.reset();
  }

  /** Closes it once what was sent on it has been answered. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#letEnd();
    if (this.#isReady) this.client.quit().catch(() => {});
    else this.close();
  }

  close(): void {
    this.#letEnd();
    this.client.disconnect();
  }

  /** ioredis has already sent SELECT, but would go on in database 0 if the server refused it. */
  async #select(): Promise<void> {
    const { db = 0 } = this.client.options;
    if (db === 0) return;
    try {
      await this.client.select(db);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The database ${db} cannot be used: ${reason}`, { cause });
    }
  }
}
