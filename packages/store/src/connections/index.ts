// `@muster/store/connections`: the server that has one key of a Redis, for packages that keep more there than a store does.
import type { Redis } from 'ioredis';
import { redacted } from '../redis/redacted.js';
import { clientsOf } from '../redis/topology/clients.js';
import { ClusterTopology } from '../redis/topology/cluster.js';
import { OneServer } from '../redis/topology/one-server.js';
import type { Topology } from '../redis/topology/topology.js';

export { redacted } from '../redis/redacted.js';
export { REDIS_URL_FORMS } from '../redis/topology/url.js';

/** Where a key is, on one server, behind Sentinels or in a Cluster, and connections to there. */
export interface KeyServer {
  /** For commands that do not block. `undefined` while the key cannot be reached. What is sent on it is never sent again. */
  readonly client: Redis | undefined;
  /** Why it cannot be reached, as far as is known; without secrets. */
  readonly lastError: Error | undefined;
  /** One connection more to that server, for commands that block. It is not connected yet, and is the caller's to end. */
  open(): Redis;
  /** An error that this server gave, or that came instead of an answer: what it says of where the key is counts from now on. */
  learn(error: unknown): void;
  /** Gives the connection up, and opens another one: what was sent on it may have happened. */
  reset(): void;
  close(): void;
}

/** @param url as for `createSharedStore()`, of a Redis. @throws Error for one that is none */
export function connectToKey(url: string, key: string): KeyServer {
  const clients = clientsOf(url);
  const topology: Topology =
    clients.kind === 'cluster'
      ? new ClusterTopology(clients)
      : new OneServer(clients.create('machines'), clients.label);
  const slot = topology.slotOf(key);
  const owner = () => topology.owner(slot);
  topology.connect();
  return {
    get client() {
      const connection = owner();
      return connection?.isReady ? connection.client : undefined;
    },
    get lastError() {
      return redacted(owner()?.lastError ?? topology.lastError);
    },
    open() {
      if (clients.kind === 'server') return clients.create('machines');
      const { host, port } = owner()?.client.options ?? {};
      const [seed] = clients.seeds;
      const at = host !== undefined && port !== undefined ? { host, port } : seed;
      return clients.create('machines', at ?? { host: '127.0.0.1', port: 6_379 });
    },
    learn(error) {
      const message = error instanceof Error ? error.message : '';
      const [, host = '', port] = /^MOVED \d+ (.*):(\d+)$/.exec(message) ?? [];
      if (port !== undefined) topology.moved(slot, { host, port: Number(port) });
      else if (message.startsWith('READONLY')) owner()?.distrust();
    },
    reset: () => owner()?.reset(),
    close: () => topology.close(),
  };
}
