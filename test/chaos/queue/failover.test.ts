// Queues while the servers of a Redis Cluster hand their slots over, and while Sentinels or a Cluster replace a master that dies. A
// slot that moves loses nothing. A master that dies may lose what its replica did not have yet, and nothing else.
import { performance } from 'node:perf_hooks';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startRedisCluster } from '../../support/redis/cluster.js';
import { startRedisSentinels } from '../../support/redis/sentinel.js';
import type { RedisServer } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { goesOn, PATIENCE, under, type Window } from './load.js';

const moves = round({ short: 2, full: 12 });
const isFull = round({ short: false, full: true });
const TIMEOUT_MS = round({ short: 240_000, full: 600_000 });
const DEATHS = 3;

test(
  'the slot of a queue moves from master to master of a Cluster',
  async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.stop());
    const { ran, end } = under(cluster.url);
    const [first] = cluster.masters as [RedisServer];
    const slot = Number(await cluster.ask(first, (redis) => redis.cluster('KEYSLOT', '{chaos}')));
    let at = Math.floor((slot * 3) / 16_384);
    for (let n = 0; n < moves; n++) {
      await goesOn(ran);
      const [source, target] = [cluster.masters[at], cluster.masters[(at + 1) % 3]];
      if (!source || !target) throw new Error('no such master');
      // Some of the keys are there, and some are here, while jobs are added and taken.
      await cluster.moveSlot(slot, source, target, {
        halfway: () => new Promise((resolve) => setTimeout(resolve, 200)),
      });
      at = (at + 1) % 3;
    }
    await goesOn(ran);
    await end();
  },
  TIMEOUT_MS,
);

test.runIf(isFull)(
  'a master of a Cluster dies, and its replica takes over',
  async () => {
    const cluster = await startRedisCluster({ replicas: 1, nodeTimeoutMs: 1_500 });
    onTestFinished(() => cluster.stop());
    const { ran, end } = under(cluster.url);
    const windows: Window[] = [];
    const slot = await cluster.ask(cluster.servers[0] as RedisServer, (redis) =>
      redis.cluster('KEYSLOT', '{chaos}'),
    );
    const at = Math.floor((Number(slot) * 3) / 16_384);
    let [master, replica] = [cluster.servers[at], cluster.servers[at + 3]];
    for (let n = 0; n < DEATHS; n++) {
      if (!master || !replica) throw new Error('no such server');
      await goesOn(ran);
      const from = performance.now();
      await cluster.ask(master, async (redis) => {
        // In the slot of the queue.
        await redis.set('confirmed{chaos}', n);
        await vi.waitFor(async () => expect(await redis.wait(1, 1_000)).toBe(1), PATIENCE);
      });
      await master.kill();
      await cluster.ask(replica, (redis) =>
        vi.waitFor(async () => expect((await redis.role())[0]).toBe('master'), PATIENCE),
      );
      await goesOn(ran);
      windows.push([from, performance.now()]);
      await master.restart();
      [master, replica] = [replica, master];
      const followed = master;
      await cluster.ask(replica, (redis) =>
        vi.waitFor(async () => {
          expect((await redis.role())[0]).toBe('slave');
          expect(await redis.info('replication')).toContain('master_link_status:up');
          expect(await redis.info('replication')).toContain(`master_port:${followed.port}`);
        }, PATIENCE),
      );
    }
    await end(windows);
  },
  TIMEOUT_MS,
);

test.runIf(isFull)(
  'a master dies, and Sentinels promote a replica',
  async () => {
    const replicas = 2;
    const set = await startRedisSentinels({ replicas });
    onTestFinished(() => set.stop());
    const { ran, end } = under(set.url);
    const windows: Window[] = [];
    for (let n = 0; n < DEATHS; n++) {
      await goesOn(ran);
      await vi.waitFor(() => set.complete(replicas), PATIENCE);
      const from = performance.now();
      const master = (await set.master()) as RedisServer;
      await master.kill();
      await vi.waitFor(async () => expect(await set.master()).not.toBe(master), PATIENCE);
      await goesOn(ran);
      windows.push([from - 1_000, performance.now()]);
      await master.restart();
    }
    await goesOn(ran);
    await end(windows);
  },
  TIMEOUT_MS,
);
