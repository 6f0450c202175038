// Finds a master through its Sentinels, with connections that do not keep the process alive.
import { type Redis, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';
import { unrefClient } from './unref-client.js';

/** Private in ioredis's types: it creates every client of a Sentinel. */
interface Clients {
  connectToSentinel(...args: unknown[]): Redis;
}

/**
 * Do not set a `sentinelRetryStrategy`: while no Sentinel replies, ioredis would wait for the next attempt with a timer that keeps
 * the process alive. Without one the client ends, and `connectAfterEnd` connects it again.
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
      // `connectAfterEnd` does retry; ioredis does not know.
      if (error instanceof Error)
        error.message = error.message.replace(' and retry is disabled', '');
      throw error;
    }
  }
}
