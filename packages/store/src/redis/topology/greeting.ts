// Makes an open connection ready: the server has replied, and has carried out the first commands.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** Milliseconds before another attempt, after a server has refused the first commands. */
const RETRY_PAUSE_MS = 500;

export interface Greeting {
  /** Sends the first commands; returns `undefined` if there are none. */
  greet(): Promise<unknown> | undefined;
  /** The connection can be used, until it is closed. */
  ready(): void;
  /** The first commands failed with this error. The client connects again. */
  refused(error: Error): void;
}

/**
 * Sends the first commands on each connection of this client, and closes a connection whose server is silent for `connectTimeout`
 * before it is ready. ioredis (6.0.0) applies that timeout only until the connection is open.
 */
export function greetServers(client: Redis, { greet, ready, refused }: Greeting): void {
  /** A new object for each connection; `undefined` after it has closed. */
  let greeting: object | undefined;
  client.on('connect', () => {
    const { stream } = client;
    const { connectTimeout = 0 } = client.options;
    stream.setTimeout(connectTimeout, () => {
      stream.destroy(new Error(`The server has not answered for ${connectTimeout} ms`));
    });
  });
  client.on('close', () => {
    greeting = undefined;
  });
  client.on('ready', async () => {
    const mine = {};
    greeting = mine;
    try {
      await greet();
    } catch (error) {
      if (greeting !== mine) return;
      refused(error instanceof Error ? error : new Error(String(error)));
      await delay(RETRY_PAUSE_MS, undefined, { ref: false });
      if (greeting === mine) client.disconnect(true);
      return;
    }
    if (greeting !== mine) return;
    client.stream.setTimeout(0);
    ready();
  });
}
