import { randomUUID } from 'node:crypto';
import { type Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../../../../test/support/redis/cluster.js';
import { RedisProxy } from '../../../../test/support/redis/proxy.js';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';
import type { Engine } from '../../dist/engine.js';
import { openRedisEngine } from '../../dist/redis/open.js';

const engines: Engine[] = [];
const clients: (Redis | Cluster)[] = [];
let keyPrefix: string;

beforeEach(() => {
  keyPrefix = `muster-test:${randomUUID()}:`;
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  for (const client of clients.splice(0)) client.disconnect();
});

function open(source: string | Redis, deadlineMs = 5_000): Engine {
  const engine = openRedisEngine(source, {
    keyPrefix,
    deadlineMs,
    maxBytes: 1,
    durability: 'process',
    checksums: false,
  });
  engines.push(engine);
  return engine;
}

function connect<Client extends Redis | Cluster>(client: Client): Client {
  client.on('error', () => {});
  clients.push(client);
  return client;
}

/** What a watcher was told. */
class Told {
  readonly keys: string[] = [];
  resets = 0;
  end: () => void = () => {};

  static async of(engine: Engine, prefix: string): Promise<Told> {
    const told = new Told();
    told.end = await engine.watch(prefix, (changes) => {
      if (changes === 'reset') told.resets++;
      else told.keys.push(...changes);
    });
    return told;
  }

  async toHave(...keys: string[]): Promise<void> {
    await vi.waitFor(() => expect(this.keys).toEqual(expect.arrayContaining(keys)), {
      timeout: 10_000,
    });
  }

  async toReset(): Promise<void> {
    const before = this.resets;
    await vi.waitFor(() => expect(this.resets).toBeGreaterThan(before), {
      timeout: 20_000,
      interval: 5,
    });
  }
}

const set = (engine: Engine, key: string) => engine.set(key, '1', 'never', 'always');

describe('changes on one server', () => {
  const url = inject('redisUrl');

  it('are told, whoever made them: writes, deletes and expiries, and of the prefix only', async () => {
    const engine = open(url);
    const told = await Told.of(engine, 'a:');
    await Promise.all([set(engine, 'a:1'), set(engine, 'b:1'), set(engine, ':a:')]);
    await told.toHave('a:1');
    const other = connect(new Redis(url));
    await other.set(`${keyPrefix}a:2`, '1');
    await other.set(`${keyPrefix}a:short`, '1', 'PX', 100);
    await told.toHave('a:2', 'a:short');
    // Its write, and its end.
    const shorts = () => told.keys.filter((key) => key === 'a:short').length;
    await vi.waitFor(() => expect(shorts()).toBeGreaterThan(1), { timeout: 10_000 });
    told.keys.length = 0;
    await other.del(`${keyPrefix}a:1`);
    await told.toHave('a:1');
    expect(told.keys.filter((key) => !key.startsWith('a:'))).toEqual([]);
    told.end();
    await set(engine, 'a:3');
    await engine.get('a:3');
    expect(told.keys).not.toContain('a:3');
  });

  it('are told to watchers that come and go while others watch', async () => {
    const engine = open(url);
    const first = await Told.of(engine, 'a');
    const writing = Array.from({ length: 40 }, async (_, n) => {
      const told = await Told.of(engine, `prefix${n}:`);
      await set(engine, `prefix${n}:key`);
      await told.toHave(`prefix${n}:key`);
      await set(engine, `a${n}`);
      told.end();
    });
    await Promise.all(writing);
    await first.toHave(...Array.from({ length: 40 }, (_, n) => `a${n}`));
  });

  it('that are expiries are told when they happen, among any number of keys that end later', async () => {
    const server = await startRedis();
    const raw = connect(new Redis(server.url));
    const fill = async (prefix: string, count: number, ms: (n: number) => number) => {
      const pipeline = raw.pipeline();
      for (let n = 0; n < count; n++) pipeline.set(`${keyPrefix}${prefix}${n}`, '1', 'PX', ms(n));
      await pipeline.exec();
    };
    // Redis by itself would come across ours in minutes.
    await fill('b:', 20_000, () => 3_600_000);
    // More than are kept in mind at once; they are there before anybody watches.
    await fill('a:', 12_000, (n) => 3_000 + Math.floor(n / 12));
    const told = await Told.of(open(server.url), 'a:');
    await vi.waitFor(() => expect(new Set(told.keys).size).toBe(12_000), { timeout: 20_000 });
    await fill('a:short', 10, () => 50);
    const ended = () => told.keys.filter((key) => key.startsWith('a:short')).length;
    await vi.waitFor(() => expect(ended()).toBeGreaterThanOrEqual(20), { timeout: 10_000 });
    await server.stop();
  });

  it('that are expiries are told also to who comes while those of others are still looked for', async () => {
    const server = await startRedis();
    const raw = connect(new Redis(server.url));
    const pipeline = raw.pipeline();
    // To look through them takes seconds, and Redis by itself would come across ours in minutes.
    for (let n = 0; n < 20_000; n++) pipeline.set(`${keyPrefix}b:${n}`, '1', 'PX', 3_600_000);
    for (let n = 0; n < 200; n++) pipeline.set(`${keyPrefix}a:${n}`, '1', 'PX', 2_000);
    pipeline.set(`${keyPrefix}c:1`, '1', 'PX', 4_000);
    await pipeline.exec();
    const engine = open(server.url);
    const first = await Told.of(engine, 'a:');
    await vi.waitFor(() => expect(first.keys).not.toEqual([]), { timeout: 20_000 });
    const second = await Told.of(engine, 'c:');
    await vi.waitFor(() => expect(second.keys).toContain('c:1'), { timeout: 20_000 });
    await server.stop();
  });

  it('take one connection for all who begin to watch at once', async () => {
    const server = await startRedis();
    const raw = connect(new Redis(server.url));
    const engine = open(server.url);
    await engine.ready();
    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(await raw.info('stats'))?.[1]);
    const before = await connections();
    const all = Array.from({ length: 1_000 }, (_, n) => Told.of(engine, `${n}:`));
    const told = await Promise.all(all);
    expect(await connections()).toBe(before + 1);
    await Promise.all(told.map((_, n) => set(engine, `${n}:key`)));
    await Promise.all(told.map((one, n) => one.toHave(`${n}:key`)));
    await server.stop();
  });

  it('cost nothing while nobody watches', async () => {
    const server = await startRedis();
    const engine = open(server.url);
    const raw = connect(new Redis(server.url));
    const tracked = async () =>
      [String(await raw.info('clients')), String(await raw.info('stats'))]
        .join()
        .match(/tracking_clients:\d+|tracking_total_prefixes:\d+/g);
    await set(engine, 'a');
    expect(await tracked()).toEqual(['tracking_clients:0', 'tracking_total_prefixes:0']);
    const told = await Told.of(engine, 'a');
    expect(await tracked()).toEqual(['tracking_clients:1', 'tracking_total_prefixes:1']);
    told.end();
    await vi.waitFor(async () =>
      expect(await tracked()).toEqual(['tracking_clients:0', 'tracking_total_prefixes:0']),
    );
    await server.stop();
  });

  it('of all at once are a reset', async () => {
    const server = await startRedis();
    const engine = open(server.url);
    const told = await Told.of(engine, 'a');
    const reset = told.toReset();
    await connect(new Redis(server.url)).flushall();
    await reset;
    await server.stop();
  });

  it('that a broken connection may have missed are a reset, and the feed goes on', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes'] });
    const engine = open(server.url);
    const told = await Told.of(engine, 'a');
    const reset = told.toReset();
    await connect(new Redis(server.url)).call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await reset;
    await set(engine, 'a:1');
    await told.toHave('a:1');
    const again = told.toReset();
    await server.kill();
    await server.restart();
    await again;
    await set(engine, 'a:2');
    await told.toHave('a:2');
    await server.stop();
  });

  it('of a server that stopped without a word are a reset when it goes on', async () => {
    const server = await startRedis();
    const proxy = await RedisProxy.start(server.url);
    const engine = open(proxy.url);
    const told = await Told.of(engine, 'a');
    const reset = told.toReset();
    const { accepted } = proxy;
    process.kill(server.pid ?? 0, 'SIGSTOP');
    // The feed has given its connection up, and tries another one.
    await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(accepted), { timeout: 10_000 });
    process.kill(server.pid ?? 0, 'SIGCONT');
    await reset;
    await set(engine, 'a:1');
    await told.toHave('a:1');
    await engine.close();
    await proxy.close();
    await server.stop();
  });

  it('cannot be watched where it cannot be reached, which is told within the deadline', async () => {
    const server: RedisServer = await startRedis();
    await server.kill();
    const engine = open(server.url, 300);
    await expect(Told.of(engine, 'a')).rejects.toMatchObject({ code: 'MUSTER_STORE_UNREACHABLE' });
    await server.stop();
  });
});

describe('changes on a Cluster', () => {
  let cluster: RedisCluster | undefined;
  afterAll(() => cluster?.stop());

  it('are told from all masters, and a slot that moves is a reset', async () => {
    cluster = await startRedisCluster();
    const [a, b] = cluster.masters;
    if (!a || !b) throw new Error('no masters');
    const engine = open(cluster.url);
    const told = await Told.of(engine, 'a');
    const keys = Array.from({ length: 60 }, (_, n) => `a${n}`);
    await Promise.all(keys.map((key) => set(engine, key)));
    await told.toHave(...keys);
    // Nothing but the feed is used: it must hear of the move by itself.
    const reset = told.toReset();
    await cluster.moveSlot(0, a, b);
    await reset;
    told.keys.length = 0;
    await Promise.all(keys.map((key) => set(engine, key)));
    await told.toHave(...keys);
  });
});
