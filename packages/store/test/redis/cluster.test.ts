import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';
import { nanoid } from 'nanoid';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { startRedisCluster } from '../../../../test/support/redis/cluster.js';
import { RedisProxy } from '../../../../test/support/redis/proxy.js';
import { startRedis } from '../../../../test/support/redis/server.js';
import type { Procedure } from '../../dist/engine.js';
import { openRedisEngine } from '../../dist/redis/open.js';
import { hashSlotOf } from '../../dist/redis/topology/hash-slot.js';
import { ENDED_BY_ITSELF, leaveOpen } from '../support/leave-open.js';

const cluster = await startRedisCluster({ replicas: 1, nodeTimeoutMs: 3_000 });
afterAll(() => cluster.stop());

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function open(options: SharedStoreOptions = {}): SharedStore {
  const store = createSharedStore({ ...(options.redis ? {} : { url: cluster.url }), ...options });
  opened.push(store);
  return store;
}

function master(index: number) {
  const server = cluster.masters[index];
  if (!server) throw new Error(`no master ${index}`);
  return server;
}

/** One that belongs to this master as the cluster was formed, and names that belong to it. */
function slotOf(index: number) {
  const slot = Math.floor((index * 16_384) / 3) + 100 + Math.floor(Math.random() * 1_000);
  const names: string[] = [];
  for (let n = 0; names.length < 20; n++)
    if (hashSlotOf(`muster::${n}`) === slot) names.push(`${n}`);
  return { slot, names };
}

describe('on a Cluster', () => {
  it('slots are those of Redis', async () => {
    const keys = [
      'a',
      '',
      '{',
      '{}',
      '{}a',
      '{a}b',
      'b{a}',
      '{a{b}c}',
      'é{ü}',
      '💥',
      'x{}{y}',
      '}{a}',
    ];
    const slots = await cluster.ask(master(0), (redis) =>
      Promise.all(keys.map((key) => redis.cluster('KEYSLOT', key))),
    );
    expect(keys.map(hashSlotOf)).toEqual(slots);
  });

  it('a master that accepts a connection and never answers it is given up, and reached by another one', async () => {
    const { host, port, url } = master(1);
    const proxy = await RedisProxy.start(url);
    proxy.isMute = true;
    const mapped = { host: '127.0.0.1', port: Number(new URL(proxy.url).port) };
    const natMap = { [`${host}:${port}`]: mapped };
    const seed = { host, port: master(0).port };
    const redis = new Cluster([seed], { natMap, lazyConnect: true });
    const store = open({ redis, deadlineMs: 60_000 });
    const waiting = store.set(slotOf(1).names[0] ?? '', 1);
    await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(0), 10_000);
    proxy.isMute = false;
    expect(await waiting).toBe(true);
    await store.close();
    await proxy.close();
  });

  it('calls with many keys reach all of them, and only keys of this store', async () => {
    const view = open().namespace<number>(nanoid());
    const entries = Array.from({ length: 300 }, (_, n) => [`key ${n}`, n] as const);
    await view.setMany(entries);
    expect(await view.getMany(entries.map(([key]) => key))).toEqual(entries.map(([, n]) => n));
    expect(await view.deleteMany(entries.slice(0, 200).map(([key]) => key))).toBe(200);
    const left: string[] = [];
    for await (const key of view.keys()) left.push(key);
    expect(left.sort()).toEqual(
      entries
        .slice(200)
        .map(([key]) => key)
        .sort(),
    );
  });

  it('there is one connection to each master', async () => {
    const store = open({ url: `${cluster.url}` });
    await store.ready();
    const counts = await Promise.all(
      cluster.servers.map((server) =>
        cluster.ask(server, async (redis) => {
          const clients = String(await redis.client('LIST')).split('\n');
          return clients.filter((line) => line.includes(`name=muster:store:${process.pid} `))
            .length;
        }),
      ),
    );
    expect(counts.sort()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it.each([
    ['6', Cluster],
    ['5', Cluster5],
  ])('a given Cluster of ioredis %s is connected like, and left alone', async (_, Client) => {
    const seeds = [{ host: '127.0.0.1', port: master(1).port }];
    const client = new Client(seeds, { keyPrefix: 'app:' });
    const store = open({ redis: client });
    await store.setMany([
      ['given a', 1],
      ['given b', 2],
    ]);
    expect(await client.get('muster::given a')).toBe('1');
    const keys: string[] = [];
    for await (const key of store.keys({ prefix: 'given' })) keys.push(key);
    expect(keys.sort()).toEqual(['given a', 'given b']);
    await store.close();
    expect(await client.get('muster::given b')).toBe('2');
    client.disconnect();
  });

  it('a procedure on several keys needs them in one slot', async () => {
    const swap: Procedure<undefined, boolean> = {
      name: 'swap',
      access: 'write',
      lua: `local a, b = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
redis.call('SET', KEYS[1], b)
redis.call('SET', KEYS[2], a)
return 1`,
      args: () => [],
      reply: (raw) => raw === 1,
      embedded: () => true,
    };
    const engine = openRedisEngine(cluster.url, {
      keyPrefix: nanoid(),
      deadlineMs: 60_000,
      maxBytes: 1,
      durability: 'process',
      checksums: false,
    });
    opened.push(engine);
    await engine.setMany([
      ['{x}a', 'A', 'never'],
      ['{x}b', 'B', 'never'],
    ]);
    expect(await engine.run(swap, ['{x}a', '{x}b'], undefined)).toBe(true);
    expect(await engine.getMany(['{x}a', '{x}b'])).toEqual(['B', 'A']);
    await expect(engine.run(swap, ['a', 'b'], undefined)).rejects.toMatchObject({
      code: 'MUSTER_INVALID_OPTION',
      message: expect.stringContaining('hash tag'),
    });
  });

  it('a URL of one server that is part of a Cluster is refused by name, not half used', async () => {
    const store = open({ url: master(0).url, deadlineMs: 2_000 });
    await vi.waitFor(async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => store.set(`${nanoid()}${n}`, 1)),
      );
      const failed = results.filter(({ status }) => status === 'rejected');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed[0]).toMatchObject({
        reason: {
          code: 'MUSTER_STORE_UNREACHABLE',
          message: expect.stringContaining('redis+cluster://'),
        },
      });
    });
  });
});

it('what is kept near by is dropped when another process writes it, on whichever master, also on one that took it over', async () => {
  const name = nanoid();
  const store = open();
  const view = store.namespace<number>(name, { near: { maxStaleMs: 600_000 } });
  const names = Array.from({ length: 12 }, (_, n) => `key ${n}`);
  const [first = ''] = names;
  const kept = () =>
    vi.waitFor(async () => {
      const { hits } = store.near;
      await view.getMany(names);
      expect(store.near.hits - hits).toBe(names.length);
    });
  // Another address, and so other connections.
  const url = `redis+cluster://${cluster.servers.map(({ port }) => `127.0.0.1:${port}`).reverse()}`;
  const other = open({ url }).namespace<number>(name);
  const seen = async (value: number) => {
    await other.setMany(names.map((key) => [key, value]));
    await vi.waitFor(async () => expect(await view.getMany(names)).toEqual(names.map(() => value)));
  };
  await kept();
  await seen(1);
  await kept();
  const slot = hashSlotOf(`muster:${name}:${first}`);
  const from = master(Math.floor((slot * 3) / 16_384));
  const to = cluster.masters.find((one) => one !== from);
  if (to) await cluster.moveSlot(slot, from, to);
  await seen(2);
});

it('a store on a Cluster that is left open keeps no process alive', async () => {
  expect(await leaveOpen([cluster.url])).toEqual(ENDED_BY_ITSELF);
});

describe('a Cluster that is none', () => {
  it('is an error with what the server said', async () => {
    const server = await startRedis();
    const store = open({ url: server.url.replace('redis:', 'redis+cluster:'), deadlineMs: 2_000 });
    const told: string[] = [];
    store.on('degraded', ({ message }) => told.push(message));
    await vi.waitFor(() =>
      expect(store.increment('n')).rejects.toMatchObject({
        code: 'MUSTER_STORE_UNREACHABLE',
        message: expect.stringContaining('cluster support disabled'),
      }),
    );
    expect(told).toEqual([expect.stringContaining('cluster support disabled')]);
    await server.stop();
  });
});

describe('while slots move', () => {
  it('every call is applied once, in the order of its key, and none fails', async () => {
    const store = open({ deadlineMs: 60_000 });
    const { slot, names } = slotOf(0);
    await store.setMany(names.map((name) => [name, 0] as const));
    let moving = true;
    const counts = new Map<string, number>();
    const counting = names.map(async (name) => {
      for (let n = 1; moving || n < 50; n += 3) {
        // In one turn, and answered in order: each sees what those before it did.
        const answers = await Promise.all([
          store.increment(name),
          store.increment(name),
          store.compareAndSet(name, n + 1, n + 2),
          store.get(name),
        ]);
        expect(answers).toEqual([n, n + 1, true, n + 2]);
        counts.set(name, n + 2);
      }
    });
    const everything = Promise.all(counting);
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      await cluster.moveSlot(slot, master(from), master(to));
    }
    moving = false;
    await everything;
    expect(await store.getMany(names)).toEqual(names.map((name) => counts.get(name)));
  });

  it('a slot that is half moved serves calls with several keys once it is whole again', async () => {
    const store = open({ deadlineMs: 60_000 });
    const { slot, names } = slotOf(1);
    await store.setMany(names.map((name) => [name, 1] as const));
    let whole: Promise<unknown> | undefined;
    await cluster.moveSlot(slot, master(1), master(2), {
      async halfway() {
        expect(await store.increment(names[0] ?? '')).toBe(2);
        whole = Promise.all([
          store.getMany(names),
          store.setMany(names.map((name) => [name, 3] as const)),
        ]);
      },
    });
    expect(await whole).toEqual([names.map((_, n) => (n === 0 ? 2 : 1)), undefined]);
    expect(await store.deleteMany(names)).toBe(names.length);
    await cluster.moveSlot(slot, master(2), master(1));
  });

  it('a scan finds every key that is there all the while', async () => {
    const store = open({ deadlineMs: 60_000 });
    const view = store.namespace<number>(nanoid());
    // Keys of one slot, and of all others.
    const { slot } = slotOf(2);
    const entries = Array.from({ length: 1_500 }, (_, n) => [`key ${n}`, n] as const);
    await view.setMany(entries);
    const there = new Set<string>(entries.map(([key]) => key));
    const tags = slotTags(slot);
    const moved = Array.from({ length: 200 }, (_, n) => `{${tags}}${n}`);
    await view.setMany(moved.map((key) => [key, 1] as const));
    for (const key of moved) there.add(key);
    // Back to where the scan has been already, and on while it goes on.
    const route = [
      [2, 0],
      [0, 1],
      [1, 2],
    ] as const;
    let step = 0;
    const seen = new Set<string>();
    let pages = 0;
    for await (const key of view.keys()) {
      seen.add(key);
      if (++pages % 400 !== 0 || step === route.length) continue;
      const [from, to] = route[step++] ?? [0, 0];
      await cluster.moveSlot(slot, master(from), master(to));
    }
    for (; step < route.length; step++) {
      const [from, to] = route[step] ?? [0, 0];
      await cluster.moveSlot(slot, master(from), master(to));
    }
    expect([...there].filter((key) => !seen.has(key))).toEqual([]);
  });
});

/** A hash tag of that slot. */
function slotTags(slot: number): string {
  for (let n = 0; ; n++) if (hashSlotOf(String(n)) === slot) return String(n);
}

describe('where a master dies', () => {
  it('calls settle, and the replica serves', async () => {
    const store = open({ deadlineMs: 60_000 });
    const told: string[] = [];
    store.on('degraded', () => told.push('degraded'));
    store.on('ready', () => told.push('ready'));
    await store.ready();
    const { names } = slotOf(0);
    const [name = ''] = names;
    await store.set(name, 1);
    await cluster.ask(master(0), (redis) => redis.wait(1, 5_000));
    await master(0).kill();
    await vi.waitFor(() => expect(store.status).toBe('degraded'));
    const read = store.get(name);
    const write = store.increment(name);
    const raw = new Redis(cluster.servers[3]?.url ?? '');
    await vi.waitFor(async () => expect((await raw.role())[0]).toBe('master'), {
      timeout: 15_000,
      interval: 5,
    });
    raw.disconnect();
    await vi.waitFor(() => expect(store.status).toBe('ready'), { timeout: 10_000, interval: 5 });
    expect([await read, await write]).toEqual([1, 2]);
    expect(told).toEqual(['ready', 'degraded', 'ready']);
    await master(0).restart();
    expect(await store.increment(name)).toBe(3);
  });
});
