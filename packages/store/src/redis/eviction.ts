// Warns once if a server may evict keys that nobody has deleted, because no call could notice that.
import type { RedisConnection } from './topology/connection.js';
import type { Topology } from './topology/topology.js';

/** @returns the `maxmemory-policy` if the server has a limit and evicts keys at it. @param info the reply to INFO memory. */
export function evictionIn(info: string): string | undefined {
  const [, bytes] = /^maxmemory:(\d+)/m.exec(info) ?? [];
  const [, policy] = /^maxmemory_policy:([\w-]+)/m.exec(info) ?? [];
  return Number(bytes) > 0 && policy !== 'noeviction' ? policy : undefined;
}

/** Checks each connected server. */
export function warnOfEviction(topology: Topology): void {
  const looked = new Set<string>();
  const look = async ({ client, label }: RedisConnection) => {
    const policy = evictionIn(await client.info('memory'));
    if (policy === undefined) return;
    process.emitWarning(
      `The Redis at ${label} has maxmemory-policy ${policy}: when its memory is full, it removes sessions, locks, counters and ` +
        'indexes without a word, and a lock may be given twice; set noeviction',
      { code: 'MUSTER_STORE_EVICTS' },
    );
  };
  topology.listen({
    changed() {
      for (const server of topology.masters()) {
        if (!server.isReady || looked.has(server.label)) continue;
        looked.add(server.label);
        // A server that does not let this user ask is not checked.
        look(server).catch(() => {});
      }
    },
    lost() {},
    retired() {},
    health() {},
  });
}
