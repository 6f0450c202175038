// The changes of one server's keys, as Redis tells clients that cache (CLIENT TRACKING, broadcasting mode).
import { clearInterval, setInterval } from 'node:timers';
import type { Redis } from 'ioredis';
import { count } from '../../procedures/reply.js';
import { greetServers } from '../topology/greeting.js';
import { connectAfterEnd } from '../topology/reconnect.js';

export interface TrackingFeedListener {
  /** From here on all is told. `isAgain`: it was live before, and what happened in between is not known. */
  live(isAgain: boolean): void;
  /** Names of keys; `undefined` after a FLUSHDB or FLUSHALL. */
  changed(names: readonly string[] | undefined): void;
}

/** Where Redis publishes them for a connection that speaks protocol 2. */
const CHANNEL = '__redis__:invalidate';
/** A connection may be dead without a word. It is given up when a server says nothing for up to twice this. */
const PING_EVERY_MS = 1_000;

export class TrackingFeed {
  readonly #client: Redis;
  readonly #letEnd: () => void;
  readonly #prefixes: readonly string[];
  readonly #listener: TrackingFeedListener;
  #isLive = false;
  #wasLive = false;
  #lastError: Error | undefined;
  #ping: NodeJS.Timeout | undefined;
  #answered = true;

  /** @param client not connected yet, with `CLIENT_OPTIONS`; it ends with the feed. */
  constructor(client: Redis, prefixes: readonly string[], listener: TrackingFeedListener) {
    this.#client = client;
    this.#prefixes = prefixes;
    this.#listener = listener;
    client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    greetServers(client, {
      greet: () => this.#track(),
      ready: () => this.#begin(),
      refused: (error) => {
        this.#lastError = error;
      },
    });
    client.on('close', () => {
      this.#isLive = false;
      clearInterval(this.#ping);
    });
    client.on('messageBuffer', (_channel: Buffer, names: Buffer[] | null) => {
      listener.changed(names?.map(String));
    });
    this.#letEnd = connectAfterEnd(client);
    client.connect().catch(() => {});
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Resolves once all has been told that was changed before the call; with `false` where that cannot be said. */
  async confirm(): Promise<boolean> {
    if (!this.#isLive) return false;
    try {
      // On this connection, and so behind all that the server had to tell before.
      await this.#client.ping();
    } catch {
      return false;
    }
    return this.#isLive;
  }

  /** Begins anew, with a gap, where it is live: the server may not be the one any more that calls go to. */
  renew(): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#client.disconnect(true);
  }

  close(): void {
    clearInterval(this.#ping);
    this.#letEnd();
    this.#client.disconnect();
  }

  async #track(): Promise<void> {
    const client = this.#client;
    const id = count(await client.client('ID'));
    const prefixes = this.#prefixes.flatMap((prefix) => ['PREFIX', prefix]);
    // In this order, since a subscriber can say no more. What changes in between is before the feed is live. ioredis throws
    // for an answer to SUBSCRIBE that is none, where nobody can catch it: whoever gets so far does not make answers up.
    const said = await client.call(
      'CLIENT',
      'TRACKING',
      'ON',
      'REDIRECT',
      id,
      'BCAST',
      ...prefixes,
    );
    if (said !== 'OK')
      throw new Error('Redis answered CLIENT TRACKING with what this store cannot read');
    await client.subscribe(CHANNEL);
  }

  #begin(): void {
    this.#lastError = undefined;
    this.#answered = true;
    this.#ping = setInterval(() => this.#check(), PING_EVERY_MS).unref();
    this.#isLive = true;
    const isAgain = this.#wasLive;
    this.#wasLive = true;
    this.#listener.live(isAgain);
  }

  #check(): void {
    if (!this.#answered) {
      this.#client.disconnect(true);
      return;
    }
    this.#answered = false;
    this.#client.ping().then(
      () => {
        this.#answered = true;
      },
      () => {},
    );
  }
}
