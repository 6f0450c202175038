// Whether a server may drop what nobody has deleted. It is told once, as a process warning: no call can see it.
import type { RedisConnection } from './topology/connection.js';
import type { Topology } from './topology/topology.js';

/** @returns the `maxmemory-policy`, where the server has a bound and makes room at it. @param info what INFO memory says. */
export function evictionIn(info: string): string | undefined {
  const [, bytes] = /^maxmemory:(\d+)/m.exec(info) ?? [];
  const [, policy] = /^maxmemory_policy:([\w-]+)/m.exec(info) ?? [];
  return Number(bytes) > 0 && policy !== 'noeviction' ? policy : undefined;
}

/** Looks at each server that is connected to. */
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
        // One that does not let this user ask is taken at its word.
        look(server).catch(() => {});
      }
    },
    lost() {},
    retired() {},
    health() {},
  });
}
