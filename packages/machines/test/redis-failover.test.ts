// Machines that are joined over Sentinels or a Cluster, when another server becomes the one that has their log.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startRedisCluster } from '../../../test/support/redis/cluster.js';
import { startRedisSentinels } from '../../../test/support/redis/sentinel.js';
import type { RedisServer } from '../../../test/support/redis/server.js';
import { stopMachines } from './support/memory-group.js';
import {
  known,
  listening,
  numbersOf,
  type RedisMachine,
  startMachines,
} from './support/redis-group.js';

let machines: RedisMachine[] = [];
let servers: { stop(): Promise<void> } | undefined;

afterEach(async () => {
  await stopMachines(machines);
  await servers?.stop();
  machines = [];
  servers = undefined;
});

async function startOver(url: string, group: string): Promise<ReturnType<typeof numbersOf>> {
  machines = startMachines(['a', 'b'], { url, group });
  await listening(machines);
  const numbers = numbersOf(machines);
  await known(machines);
  return numbers;
}

describe('machines', () => {
  test('go on over the server that Sentinels promote, also where it has lost what all of them have read', async () => {
    const set = await startRedisSentinels();
    servers = set;
    const { send, whole } = await startOver(set.url, randomUUID());
    send(10);
    await whole();
    const [master, ...replicas] = set.servers as [RedisServer, ...RedisServer[]];
    for (const { pid } of replicas) process.kill(pid as number, 'SIGSTOP');
    send(10);
    await whole();
    await master.kill();
    for (const { pid } of replicas) process.kill(pid as number, 'SIGCONT');
    send(10);
    await whole();
    expect(await set.master()).not.toBe(master);
  });

  test('follow the slot of their log through a Cluster, and wait while it is half moved', async () => {
    const cluster = await startRedisCluster();
    servers = cluster;
    const group = randomUUID();
    const { send, whole } = await startOver(cluster.url, group);
    const [first] = cluster.servers as [RedisServer];
    const slot = Number(
      await cluster.ask(first, (redis) => redis.cluster('KEYSLOT', `muster:machines:{${group}}`)),
    );
    const from = cluster.servers[Math.floor((slot * cluster.servers.length) / 16_384)];
    const to = cluster.servers.find((server) => server !== from);
    const move = (one: RedisServer, other: RedisServer, halfway = async () => {}) =>
      cluster.moveSlot(slot, one, other, { halfway });
    send(10);
    await whole();
    await move(from as RedisServer, to as RedisServer);
    send(10);
    await whole();
    // Others with the same tag, so that some keys have moved, and some have not.
    await cluster.ask(to as RedisServer, async (redis) => {
      for (let i = 0; i < 9; i++) await redis.set(`{${group}}${i}`, i);
    });
    await move(to as RedisServer, from as RedisServer, async () => {
      send(10);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    });
    send(10);
    await whole();
    await vi.waitFor(() => {
      for (const { bridge } of machines) expect(bridge.status.link.up).toBe(true);
    });
  });
});
