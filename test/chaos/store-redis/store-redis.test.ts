// Real servers that break under load: every call settles in time, what was acknowledged is stored exactly once, and
// watchers are told of the gap.
import { setTimeout as delay } from 'node:timers/promises';
import { createSharedStore, type SharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../../support/redis/cluster.js';
import { RedisProxy } from '../../support/redis/proxy.js';
import { type RedisSentinels, startRedisSentinels } from '../../support/redis/sentinel.js';
import { type RedisServer, startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { CALLERS, Load, type LoadOptions } from './load.js';

const { times, pauseMs, pausedDeadlineMs } = round({
  short: { times: 4, pauseMs: 3_500, pausedDeadlineMs: 1_000 },
  full: { times: 40, pauseMs: 10_000, pausedDeadlineMs: 5_000 },
});
const TIMEOUT_MS = round({ short: 240_000, full: 400_000 });
/** What was acknowledged is on disk. */
const SAFE = ['--appendonly', 'yes', '--appendfsync', 'always'];
/** Of the master that Sentinels watch. */
const REPLICAS = 2;

const random = (from: number, to: number) => from + Math.floor(Math.random() * (to - from));

async function under(
  url: string,
  options: LoadOptions,
): Promise<{ store: SharedStore; load: Load }> {
  const store = createSharedStore({ url, deadlineMs: options.deadlineMs });
  onTestFinished(() => store.close());
  await store.ready();
  return { store, load: await Load.start(store, options) };
}

function tell(what: string, load: Load, more: object = {}): void {
  const { outcomes, resets, changes } = load;
  console.log(JSON.stringify({ what, ...outcomes, resets, changes, ...more }));
}

/** Milliseconds until the store is ready, from now. */
async function untilReady(store: SharedStore): Promise<number> {
  const start = performance.now();
  await vi.waitFor(() => expect(store.status).toBe('ready'), { timeout: 30_000, interval: 5 });
  return Math.round(performance.now() - start);
}

test(
  'connections that are cut after the request and before the answer',
  async () => {
    const server = await startRedis({ args: SAFE });
    onTestFinished(() => server.stop());
    const proxy = await RedisProxy.start(server.url);
    onTestFinished(() => proxy.close());
    const { store, load } = await under(proxy.url, { deadlineMs: 2_000 });
    for (let n = 0; n < times * 4; n++) {
      // From here on requests arrive, and answers do not.
      proxy.dropRepliesFrom(/\b(set|eval|evalsha|getdel|mget)\b/i);
      await vi.waitFor(() => expect(proxy.drops).toBe(true));
      await delay(random(0, 20));
      proxy.passRepliesAgain();
      proxy.cut();
      await untilReady(store);
      await delay(random(20, 150));
    }
    await load.stop();
    tell('cut', load);
    expect(load.violations).toEqual([]);
    expect(load.outcomes.MUSTER_OUTCOME_UNKNOWN).toBeGreaterThan(0);
    expect(load.resets).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'a server that is killed and started again',
  async () => {
    const server = await startRedis({ args: SAFE });
    onTestFinished(() => server.stop());
    const { store, load } = await under(server.url, { deadlineMs: 2_000 });
    const recoveriesMs: number[] = [];
    for (let n = 0; n < times / 2; n++) {
      await delay(random(200, 800));
      await server.kill();
      await delay(random(0, 400));
      await server.restart();
      recoveriesMs.push(await untilReady(store));
    }
    await load.stop();
    tell('restart', load, { recoveriesMs });
    expect(load.violations).toEqual([]);
    expect(load.resets).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'a server that stands still',
  async () => {
    const server = await startRedis({ args: SAFE });
    onTestFinished(() => server.stop());
    const { store, load } = await under(server.url, { deadlineMs: pausedDeadlineMs });
    const recoveriesMs: number[] = [];
    for (let n = 0; n < Math.max(times / 20, 1); n++) {
      await delay(random(200, 500));
      process.kill(server.pid ?? 0, 'SIGSTOP');
      await delay(pauseMs);
      await vi.waitFor(() => expect(store.status).toBe('degraded'));
      process.kill(server.pid ?? 0, 'SIGCONT');
      recoveriesMs.push(await untilReady(store));
    }
    await load.stop();
    tell('pause', load, { recoveriesMs });
    expect(load.violations).toEqual([]);
    expect(load.resets).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

type Counts = ReadonlyMap<string, number>;

/** Asks a server that may stop being the master meanwhile: then it rejects. */
async function ask<Output>(
  server: RedisServer,
  question: (redis: Redis) => Promise<Output>,
): Promise<Output> {
  const redis = new Redis(server.url, { retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

/** What a server has of what the load counts, and what of that was acknowledged before and afterwards. */
async function countsOf(load: Load, server: RedisServer) {
  const before = load.acknowledged();
  const keys = [...before.keys()];
  const names = keys.map((key) => `muster:chaos:${key}`);
  const texts = await ask(server, (redis) => redis.mget(names));
  const stored: Counts = new Map(keys.map((key, position) => [key, Number(texts[position])]));
  return { server, before, stored, after: load.acknowledged() };
}

type Counted = Awaited<ReturnType<typeof countsOf>>;

/** Whether the store writes to the master that the Sentinels name: what was acknowledged in its time is there. */
function checkMaster(load: Load, since: Counted, now: Counted): void {
  for (const [key, count] of now.before) {
    const stored = (now.stored.get(key) ?? 0) - (since.stored.get(key) ?? 0);
    const acknowledged = count - (since.after.get(key) ?? 0);
    // What is under way may have been counted before, and acknowledged since.
    if (stored < acknowledged - CALLERS) {
      load.violations.push(`${key}: ${stored} stored by this master, ${acknowledged} acknowledged`);
    }
  }
}

/** What all servers have, so that any replica may be promoted. */
async function onAll(set: RedisSentinels, load: Load, since: Counted): Promise<Counted> {
  return vi.waitFor(
    async () => {
      // The one that died before is a replica by now.
      await set.complete(REPLICAS);
      const master = (await set.master()) as RedisServer;
      const counted = await countsOf(load, master);
      const replicas = await ask(master, async (redis) => {
        await redis.set('chaos:confirmed', Date.now());
        return redis.wait(REPLICAS, 20_000);
      });
      expect(replicas).toBe(REPLICAS);
      // On a busy machine, Sentinels may have failed over by themselves.
      if (master === since.server) checkMaster(load, since, counted);
      return counted;
    },
    { timeout: 90_000, interval: 100 },
  );
}

test(
  'a master that dies, whose replica the Sentinels promote',
  async () => {
    const set = await startRedisSentinels({ replicas: REPLICAS });
    onTestFinished(() => set.stop());
    const { store, load } = await under(set.url, { deadlineMs: 3_000, mayLose: true });
    let since = await countsOf(load, (await set.master()) as RedisServer);
    let kept = since;
    for (let n = 0; n < Math.min(Math.max(times / 8, 1), 3); n++) {
      await delay(random(200, 500));
      kept = await onAll(set, load, since);
      const master = (await set.master()) as RedisServer;
      await master.kill();
      const promoted = await vi.waitFor(
        async () => {
          const named = (await set.master()) as RedisServer;
          expect(named).not.toBe(master);
          return named;
        },
        { timeout: 30_000, interval: 20 },
      );
      await untilReady(store);
      since = await countsOf(load, promoted);
      await master.restart();
    }
    const lost = await load.stop(kept.stored);
    tell('sentinel', load, { lost });
    expect(load.violations).toEqual([]);
    expect(load.resets).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

async function aCluster(options: Parameters<typeof startRedisCluster>[0]): Promise<RedisCluster> {
  const cluster = await startRedisCluster(options);
  onTestFinished(() => cluster.stop());
  return cluster;
}

test(
  'slots of a Cluster that move',
  async () => {
    const cluster = await aCluster({ args: SAFE });
    const { load } = await under(cluster.url, { deadlineMs: 20_000 });
    const owners = Array.from({ length: 16_384 }, (_, slot) => Math.floor((slot * 3) / 16_384));
    const busy = await slotsInUse(cluster);
    for (let n = 0; n < times * 3; n++) {
      const slot = busy[n % busy.length] ?? 0;
      const from = owners[slot] ?? 0;
      const to = (from + random(1, 3)) % 3;
      const [source, target] = [cluster.masters[from], cluster.masters[to]];
      if (!source || !target) throw new Error('no such master');
      await cluster.moveSlot(slot, source, target);
      owners[slot] = to;
    }
    await vi.waitFor(() => expect(load.resets).toBeGreaterThan(0), { timeout: 10_000 });
    await load.stop();
    tell('slots', load);
    expect(load.violations).toEqual([]);
    // Nothing broke: nothing failed.
    expect(Object.keys(load.outcomes)).toEqual(['ok']);
  },
  TIMEOUT_MS,
);

/** Those that have keys now. */
async function slotsInUse(cluster: RedisCluster): Promise<number[]> {
  const found = await Promise.all(
    cluster.masters.map((master) =>
      cluster.ask(master, async (redis) => {
        const keys = await redis.keys('muster:chaos:counter*');
        return Promise.all(keys.map((key) => redis.cluster('KEYSLOT', key)));
      }),
    ),
  );
  return found.flat();
}

test(
  'a master of a Cluster that dies, and whose replica takes over',
  async () => {
    const cluster = await aCluster({ replicas: 1, nodeTimeoutMs: 1_500 });
    const { store, load } = await under(cluster.url, { deadlineMs: 3_000, mayLose: true });
    const atLeast = new Map<string, number>();
    for (let n = 0; n < Math.min(Math.max(times / 8, 1), 3); n++) {
      await delay(random(200, 500));
      const [master, replica] = [cluster.masters[n], cluster.servers[n + 3]];
      if (!master || !replica) throw new Error('no such master');
      await cluster.ask(master, async (redis) => {
        const acknowledged = load.acknowledged();
        const keys = await redis.keys('muster:chaos:counter*');
        // In a slot of this master.
        await redis.set(`chaos:confirmed{${keys[0]}}`, n);
        expect(await redis.wait(1, 10_000)).toBe(1);
        for (const key of keys) {
          const name = key.slice('muster:chaos:'.length);
          atLeast.set(name, acknowledged.get(name) ?? 0);
        }
      });
      await master.kill();
      await cluster.ask(replica, (redis) =>
        vi.waitFor(async () => expect((await redis.role())[0]).toBe('master'), {
          timeout: 30_000,
          interval: 10,
        }),
      );
      const recoveryMs = await untilReady(store);
      tell('promoted', load, { recoveryMs });
      await master.restart();
    }
    for (const [key] of load.acknowledged()) if (!atLeast.has(key)) atLeast.set(key, 0);
    const lost = await load.stop(atLeast);
    tell('cluster failover', load, { lost });
    expect(load.violations).toEqual([]);
    expect(load.resets).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
