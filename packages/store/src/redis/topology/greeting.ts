// From a connection that is open to one that is of use: its server answers, and has done what it was asked to do first.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** A server that refuses is asked again, and not at once. */
const RETRY_PAUSE_MS = 500;

export interface Greeting {
  /** What has to be said before the connection is of use; `undefined`: nothing. */
  greet(): Promise<unknown> | undefined;
  /** Of use it is, until it is closed. */
  ready(): void;
  /** Why it is not. It is tried again. */
  refused(error: Error): void;
}

/**
 * Greets the server on each connection of this client. One that is open and says nothing for `connectTimeout` is given up,
 * which ioredis (6.0.0) does only until it is open.
 */
export function greetServers(client: Redis, { greet, ready, refused }: Greeting): void {
  /** Another one for each connection; `undefined` once that is closed. */
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
