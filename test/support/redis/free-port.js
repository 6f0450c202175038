// A port of 127.0.0.1 that a server can be given, and given again after a restart.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// What a node of a Redis Cluster adds to its port for the bus between the nodes.
const CLUSTER_BUS_OFFSET = 10_000;

/**
 * Below the range that systems take ports of outgoing connections from (from 32,768 up), so that nothing takes
 * it by chance while its server is down; its cluster bus port is free too.
 */
export async function freePort() {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(12_000, 22_000);
    if ((await isFree(port)) && (await isFree(port + CLUSTER_BUS_OFFSET))) return port;
  }
  throw new Error('No free port of 127.0.0.1 between 12,000 and 22,000 in 100 attempts');
}

/** @param {number} port */
async function isFree(port) {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
