// How ioredis finds a master by its Sentinels, with connections to them that keep no process alive.
import { type Redis, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';
import { unrefClient } from './unref-client.js';

/** Private in ioredis's types: every client of a Sentinel is made by it. */
interface Clients {
  connectToSentinel(...args: unknown[]): Redis;
}

/**
 * Give it no `sentinelRetryStrategy`: ioredis would wait for the next attempt by a timer that keeps the process alive, for
 * as long as no Sentinel answers. Without one the client ends, and `connectAfterEnd` connects it again.
 */
export class UnrefSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    const clients = this as unknown as Clients;
    const { connectToSentinel } = clients;
    clients.connectToSentinel = (...args) => unrefClient(connectToSentinel.apply(this, args));
  }

  override async connect(
    ...args: Parameters<SentinelConnector['connect']>
  ): ReturnType<SentinelConnector['connect']> {
    try {
      return await super.connect(...args);
    } catch (error) {
      // It is tried again, by others than ioredis knows.
      if (error instanceof Error)
        error.message = error.message.replace(' and retry is disabled', '');
      throw error;
    }
  }
}
