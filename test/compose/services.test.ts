// The commands and health checks of docker-compose.yml, run for real.

import { createSharedStore } from '@muster/store';
import { Cluster, Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LocalServices } from './local-services.js';

async function services(): Promise<LocalServices> {
  const local = await LocalServices.create();
  onTestFinished(() => local.stop());
  return local;
}

function client<T extends Redis | Cluster>(redis: T): T {
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

test('the one Redis is healthy, and keeps what was written over a crash', async () => {
  const local = await services();
  await local.up('redis');
  const redis = client(new Redis(local.port(6379), '127.0.0.1', { retryStrategy: () => 50 }));
  await redis.set('kept', 'yes');
  await local.kill('redis');
  await local.start('redis');
  await local.healthy('redis');
  expect(await redis.get('kept')).toBe('yes');
});

test('the cluster profile forms a cluster by itself, once, that survives the crash of a server', async () => {
  const local = await services();
  const ports = [7001, 7002, 7003, 7004, 7005, 7006];
  await local.up('cluster');

  const first = client(new Redis(local.port(7001), '127.0.0.1', { retryStrategy: () => 50 }));
  const info = await first.cluster('INFO');
  expect(info).toContain('cluster_state:ok');
  expect(info).toContain('cluster_slots_ok:16384');
  const formed = await nodes(first);
  expect(formed.map(({ role }) => role).sort()).toEqual([
    'master',
    'master',
    'master',
    'slave',
    'slave',
    'slave',
  ]);
  const addresses = ports.map((port) => `127.0.0.1:${local.port(port)}`);
  expect(formed.map(({ address }) => address).sort()).toEqual(addresses.sort());

  const cluster = client(new Cluster([{ host: '127.0.0.1', port: local.port(7001) }]));
  const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
  for (const key of keys) await cluster.set(key, key);
  expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(keys);

  const store = createSharedStore({ url: `redis+cluster://127.0.0.1:${local.port(7001)}` });
  await store.setMany(keys.map((key) => [key, key]));
  expect(await store.getMany(keys)).toEqual(keys);
  await store.close();

  const again = await local.runToEnd('cluster');
  expect(again).toEqual({ code: 0, output: '' });
  expect(await nodes(first)).toEqual(formed);

  await local.kill('cluster-7001');
  await local.start('cluster-7001');
  await local.healthy('cluster-7001');
  await local.healthy('cluster');
  expect((await nodes(first)).map(({ id }) => id).sort()).toEqual(
    formed.map(({ id }) => id).sort(),
  );
  expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(keys);
});

async function nodes(
  redis: Redis,
): Promise<{ id: string; address: string; role: string; slots: string }[]> {
  const lines = String(await redis.cluster('NODES'))
    .trim()
    .split('\n');
  return lines
    .map((line) => {
      const [id = '', address = '', flags = '', , , , , , ...slots] = line.split(' ');
      const role = /master|slave/.exec(flags)?.[0] ?? flags;
      return { id, address: address.replace(/@.*/, ''), role, slots: slots.join(' ') };
    })
    .sort((a, b) => a.id.localeCompare(b.id));
}

test('the sentinel profile knows its master, and replaces it when it crashes', async () => {
  const local = await services();
  const data = [6380, 6381, 6382].map((port) => local.port(port));
  await local.up('sentinel-26379', 'sentinel-26380', 'sentinel-26381');

  const sentinels = [26379, 26380, 26381].map((port) => ({
    host: '127.0.0.1',
    port: local.port(port),
  }));
  for (const { host, port } of sentinels) {
    const sentinel = client(new Redis(port, host));
    expect(await masterPort(sentinel)).toBe(data[0]);
    // Two of three are a quorum: healthy is a little earlier than complete.
    await vi.waitFor(async () => expect(await addresses(sentinel, 'SENTINELS')).toHaveLength(2), {
      timeout: 10_000,
    });
    expect(await addresses(sentinel, 'REPLICAS')).toEqual(
      data
        .slice(1)
        .map((port) => `127.0.0.1:${port}`)
        .sort(),
    );
  }

  const redis = client(
    new Redis({ sentinels, name: 'mymaster', sentinelRetryStrategy: () => 100 }),
  );
  await redis.set('kept', 'yes');
  expect(await redis.wait(2, 5_000)).toBe(2);

  const store = createSharedStore({
    url: `redis+sentinel://127.0.0.1:${local.port(26379)}/mymaster`,
    deadlineMs: 20_000,
  });
  onTestFinished(() => store.close());
  expect(await store.increment('visits')).toBe(1);
  // WAIT is about what this connection wrote, and so about what came before it.
  await redis.set('kept', 'yes');
  expect(await redis.wait(2, 5_000)).toBe(2);

  await local.kill('sentinel-redis-6380');
  const sentinel = client(new Redis(local.port(26379), '127.0.0.1', { retryStrategy: () => 50 }));
  await vi.waitFor(async () => expect(data.slice(1)).toContain(await masterPort(sentinel)), {
    timeout: 20_000,
    interval: 100,
  });
  expect(await redis.get('kept')).toBe('yes');
  expect(await store.get('visits')).toBe(1);

  // What the failover changed is in their files, although they were started with other ones.
  const promoted = await masterPort(sentinel);
  const name = promoted === local.port(6381) ? 'sentinel-redis-6381' : 'sentinel-redis-6382';
  for (const service of [name, 'sentinel-26379']) {
    await local.kill(service);
    await local.start(service);
  }
  const master = client(new Redis(promoted, '127.0.0.1', { retryStrategy: () => 50 }));
  expect((await master.role())[0]).toBe('master');
  expect(await master.get('kept')).toBe('yes');
  expect(await masterPort(sentinel)).toBe(promoted);
});

async function masterPort(sentinel: Redis): Promise<number> {
  const [, port] = (await sentinel.call(
    'SENTINEL',
    'GET-MASTER-ADDR-BY-NAME',
    'mymaster',
  )) as string[];
  return Number(port);
}

async function addresses(sentinel: Redis, what: 'REPLICAS' | 'SENTINELS'): Promise<string[]> {
  const found = (await sentinel.call('SENTINEL', what, 'mymaster')) as string[][];
  return found.map(([, , , ip, , port]) => `${ip}:${port}`).sort();
}
