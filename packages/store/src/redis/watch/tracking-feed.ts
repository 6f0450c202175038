// The changes of one server's keys, reported by CLIENT TRACKING in broadcasting mode.
import { clearInterval, setInterval } from 'node:timers';
import type { Redis } from 'ioredis';
import { count } from '../../procedures/reply.js';
import { greetServers } from '../topology/greeting.js';
import { connectAfterEnd } from '../topology/reconnect.js';

export interface TrackingFeedListener {
  /** All changes are reported from now on. `isAgain`: it was live before, and changes in between are unknown. */
  live(isAgain: boolean): void;
  /** Names of keys; `undefined` after a FLUSHDB or FLUSHALL. */
  changed(names: readonly string[] | undefined): void;
}

/** The channel on which Redis publishes them to a connection with protocol 2. */
const CHANNEL = '__redis__:invalidate';
/** Milliseconds between two pings. A connection is replaced if the server does not reply for up to twice this time. */
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

  /** @param client not connected yet, with `CLIENT_OPTIONS`. The feed closes it. */
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

  /** Resolves with `true` once all changes before the call have been reported, with `false` if that is not known. */
  async confirm(): Promise<boolean> {
    if (!this.#isLive) return false;
    try {
      // The reply comes on this connection, after all earlier messages.
      await this.#client.ping();
    } catch {
      return false;
    }
    return this.#isLive;
  }

  /** Reconnects a live feed, which is a gap: calls may go to another server by now. */
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
    // In this order, since a subscriber can send no other commands. Changes in between come before the feed is live. ioredis throws an
    // error that nobody can catch if a reply to SUBSCRIBE is invalid; a server that has replied correctly so far does not send one.
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
