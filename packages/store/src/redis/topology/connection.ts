// One connection to one Redis server, set up so that nothing is ever sent twice or kept back for later.
import { performance } from 'node:perf_hooks';
import type { Redis, RedisOptions } from 'ioredis';
import type { Script } from '../scripts/scripts.js';
import { greetServers } from './greeting.js';
import { connectAfterEnd, reconnectDelayMs } from './reconnect.js';
import type { TurnWrites } from './turn-writes.js';

/** What the owner of a connection is told. */
export interface ConnectionListener {
  /** Commands can be sent. */
  connected(): void;
  /** There is none, or none any more; what was sent and not answered never will be. */
  lost(): void;
}

/** What the store needs of a client, whatever else its owner wants of it. */
export const CLIENT_OPTIONS = {
  lazyConnect: true,
  // With it, 20 acknowledged increments stored 24.
  autoResendUnfulfilledCommands: false,
  // Calls wait in `PendingCalls`, not in ioredis, where a call that has failed would still be sent on the next connection.
  enableOfflineQueue: false,
  maxRetriesPerRequest: null,
  // Commands of one turn leave together; see turn-writes.ts. It takes half of the time of ioredis's own.
  enableAutoPipelining: false,
  autoResubscribe: false,
  // Every server speaks it, proxies too, and nothing here needs the other one.
  protocol: 2,
  keyPrefix: '',
  retryStrategy: reconnectDelayMs,
  // A host that drops packets must not keep us from seeing it when it is back.
  connectTimeout: 2_000,
  // A server that loads its data is asked this often whether it is done; by default, every second or later.
  maxLoadingRetryTime: 100,
  // A connection that is given up is waited for no longer than this.
  disconnectTimeout: 500,
} as const satisfies RedisOptions;

/** Between two times that a connection is given up because its server turned read-only. */
const DISTRUST_EVERY_MS = 1_000;

export class RedisConnection {
  readonly client: Redis;
  /** Where it is, as far as it is known: for people, and to complete what the server leaves out. */
  readonly label: string;
  /** The scripts that the server has run on this connection, and therefore has. */
  readonly scripts = new Set<Script>();
  /** How many answers have come; one that does not come is missed by comparing. */
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
    // Without a listener, ioredis prints its errors. Each call that suffers from one has it as its cause.
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

  /** From the moment on at which the owner has been told. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Another one after each reconnect: what the server said of itself before may not hold any more. */
  get epoch(): number {
    return this.#epoch;
  }

  /** It is nobody's to use any more; what was sent on it may still be answered. */
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
    // A failed attempt is told to the error listener, and followed by the next one.
    if (this.client.status === 'wait') this.client.connect().catch(() => {});
  }

  /** Before a command: it leaves at the end of the turn. */
  cork(): void {
    if (this.client.stream) this.#turnWrites.cork(this.client.stream);
  }

  /** Lets the server serve the next command for a slot that it is about to take over. */
  asking(): void {
    this.client.asking().catch(() => {});
  }

  /** Gives this connection up and opens another one. */
  reset(): void {
    this.client.disconnect(!this.#isRetired);
  }

  /** Its server refuses what a master does not: another one may stand at its address by now. */
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

  /** ioredis has sent it already, and would go on in database 0 where it was refused. */
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
