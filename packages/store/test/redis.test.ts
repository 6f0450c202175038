import { randomUUID } from 'node:crypto';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { RedisProxy } from '../../../test/support/redis/proxy.js';
import { type RedisServer, startRedis } from '../../../test/support/redis/server.js';

const url = inject('redisUrl');
const opened: SharedStore[] = [];
let keyPrefix: string;
let raw: Redis;

beforeEach(() => {
  keyPrefix = `muster-test:${randomUUID()}:`;
  raw = new Redis(url);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  raw.disconnect();
});

function open(options: SharedStoreOptions = {}): SharedStore {
  const store = createSharedStore({ ...(options.redis ? {} : { url }), keyPrefix, ...options });
  opened.push(store);
  return store;
}

describe('what is in Redis', () => {
  it('can be read with redis-cli', async () => {
    const store = open();
    await store.set('root', { n: 1 });
    await store.namespace('sessions').set('abc', 'text', { ttlMs: 60_000 });
    await store.increment('visits', 5);
    expect(await raw.get(`${keyPrefix}:root`)).toBe('{"n":1}');
    expect(await raw.get(`${keyPrefix}sessions:abc`)).toBe('"text"');
    expect(await raw.pttl(`${keyPrefix}sessions:abc`)).toBeGreaterThan(50_000);
    expect(await raw.get(`${keyPrefix}:visits`)).toBe('5');
  });

  it('is under muster: where nothing else is said', async () => {
    const store = createSharedStore({ url });
    opened.push(store);
    const key = randomUUID();
    await store.set(key, 1, { ttlMs: 60_000 });
    expect(await raw.get(`muster::${key}`)).toBe('1');
    await store.delete(key);
  });

  it('and was not written by a store is an error that names the key', async () => {
    const store = open();
    await raw.set(`${keyPrefix}:broken`, '{"n":');
    await raw.rpush(`${keyPrefix}:list`, 'a');
    await raw.set(`${keyPrefix}:float`, '1.5');
    await expect(store.get('broken')).rejects.toMatchObject({
      code: 'MUSTER_CORRUPT_VALUE',
      key: 'broken',
    });
    expect(await store.get('list')).toBeUndefined();
    await expect(store.increment('list')).rejects.toMatchObject({
      code: 'MUSTER_WRONG_TYPE',
      key: 'list',
    });
    await expect(store.increment('float')).rejects.toMatchObject({ code: 'MUSTER_WRONG_TYPE' });
    expect(await raw.get(`${keyPrefix}:float`)).toBe('1.5');
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys.sort()).toEqual(['broken', 'float']);
    await expect(store.compareAndSet('list', undefined, 1)).rejects.toMatchObject({
      code: 'MUSTER_WRONG_TYPE',
    });
    await expect(store.getAndDelete('list')).rejects.toMatchObject({ code: 'MUSTER_WRONG_TYPE' });
    expect(await raw.llen(`${keyPrefix}:list`)).toBe(1);
    await expect(store.getAndDelete('broken')).rejects.toMatchObject({
      code: 'MUSTER_CORRUPT_VALUE',
    });
    expect(await store.has('broken')).toBe(false);
  });

  it('of a rate limit goes by the clock of the server, and ends by itself', async () => {
    const limit = open().rateLimit('login', { limit: 60, periodMs: 60_000 });
    await limit.take('ada', 30);
    const key = `${keyPrefix}$muster.limit:login:ada`;
    expect(await raw.get(key)).toMatch(/^30000 \d{13} 1000 1$/);
    expect(await raw.pttl(key)).toBeGreaterThan(20_000);
    expect(await raw.pttl(key)).toBeLessThanOrEqual(30_000);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    try {
      expect((await limit.take('ada', 60)).allowed).toBe(false);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('scripts that the server has forgotten are sent again', async () => {
    const store = open();
    await store.increment('n');
    await raw.script('FLUSH');
    expect(await Promise.all([store.increment('n'), store.increment('n')])).toEqual([2, 3]);
  });
});

describe('connections', () => {
  const names = async () => {
    const clients = String(await raw.client('LIST'));
    return clients.split('\n').filter((line) => line.includes(`name=muster:store:${process.pid}`))
      .length;
  };

  it('stores of one process on one URL share one, which ends with the last of them', async () => {
    // A URL that no other test of this process connects to.
    const own = `${url}/0?family=4`;
    const before = await names();
    const stores = [
      open({ url: own }),
      open({ url: own, keyPrefix: `${keyPrefix}2:`, deadlineMs: 1_000 }),
    ];
    await Promise.all(stores.map((store) => store.ready()));
    expect(await names()).toBe(before + 1);
    await stores[0]?.close();
    expect(await stores[1]?.get('key')).toBeUndefined();
    await stores[1]?.close();
    await vi.waitFor(async () => expect(await names()).toBe(before));
  });

  it('a given client is connected like, and left alone', async () => {
    const client = new Redis(url, { keyPrefix: `${keyPrefix}app:`, enableOfflineQueue: true });
    const store = open({ redis: client });
    await store.set('key', 1);
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys).toEqual(['key']);
    expect(await raw.get(`${keyPrefix}app:${keyPrefix}:key`)).toBe('1');
    await store.close();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });
});

describe('a server that goes away', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  });
  afterEach(() => server.stop());

  it('is waited for until the deadline, and used again soon after it is back', async () => {
    const store = open({ url: server.url, deadlineMs: 400 });
    await store.set('key', 1);
    await server.kill();
    const start = performance.now();
    const calls = [store.get('key'), store.set('key', 2), store.increment('n'), store.ready()];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'MUSTER_STORE_UNREACHABLE' },
      });
    }
    expect(performance.now() - start).toBeLessThan(2_000);
    const patient = open({ url: server.url, deadlineMs: 20_000 });
    const waiting = [patient.get('key'), patient.increment('n')];
    await server.restart();
    const back = performance.now();
    expect(await Promise.all(waiting)).toEqual([1, 1]);
    expect(performance.now() - back).toBeLessThan(1_000);
    expect(await store.get('key')).toBe(1);
  });

  it('degrades the store, which is ready again within a second of its return', async () => {
    const store = open({ url: server.url, deadlineMs: 300 });
    const told: unknown[] = [];
    store.on('ready', () => told.push('ready'));
    store.on('degraded', (reason) => told.push(reason));
    await store.ready();
    await server.kill();
    await vi.waitFor(() => expect(store.status).toBe('degraded'));
    await expect(store.get('key')).rejects.toMatchObject({ code: 'MUSTER_STORE_UNREACHABLE' });
    await server.restart();
    const back = performance.now();
    await vi.waitFor(() => expect(store.status).toBe('ready'), { timeout: 10_000, interval: 5 });
    expect(performance.now() - back).toBeLessThan(1_000);
    // However many attempts failed meanwhile.
    expect(told).toEqual([
      'ready',
      expect.objectContaining({ code: 'MUSTER_STORE_UNREACHABLE' }),
      'ready',
    ]);
  });

  it('is told of where it was never there', async () => {
    await server.kill();
    const store = open({ url: server.url, deadlineMs: 300 });
    const told: unknown[] = [];
    store.on('degraded', ({ code, message }) => told.push([code, message]));
    await expect(store.get('key')).rejects.toThrow();
    expect(store.status).toBe('degraded');
    expect(told).toEqual([['MUSTER_STORE_UNREACHABLE', expect.stringContaining('ECONNREFUSED')]]);
  });

  it('closing a store that cannot reach it does not hang', async () => {
    await server.kill();
    const store = open({ url: server.url, deadlineMs: 300 });
    const call = expect(store.get('key')).rejects.toMatchObject({
      code: 'MUSTER_STORE_UNREACHABLE',
    });
    await store.close();
    await call;
  });

  it('a wrong password is an error that says so', async () => {
    await raw.ping();
    const secured = await startRedis({ args: ['--requirepass', 'right'] });
    try {
      const store = open({ url: secured.url.replace('//', '//:wrong@'), deadlineMs: 500 });
      await expect(store.get('key')).rejects.toThrow(/WRONGPASS/);
    } finally {
      await secured.stop();
    }
  });

  it('a server that is a replica for a while, or busy, is sent again what it refused, and nothing else', async () => {
    const store = open({ url: server.url, deadlineMs: 20_000 });
    const direct = new Redis(server.url);
    const both = async () => {
      const sum = await store.increment('n', 2);
      return [
        sum,
        await Promise.all([store.set('key', sum), store.increment('n'), store.get('n')]),
      ];
    };
    expect(await both()).toEqual([2, [true, 3, 3]]);
    await direct.replicaof('127.0.0.1', 1);
    const waiting = both();
    await vi.waitFor(async () => {
      // Refused at least once.
      expect(String(await direct.info('errorstats'))).toMatch(/READONLY/);
    });
    await direct.replicaof('NO', 'ONE');
    expect(await waiting).toEqual([5, [true, 6, 6]]);

    await direct.config('SET', 'lua-time-limit', '50');
    const other = new Redis(server.url);
    await other.ping();
    const busy = expect(direct.eval('while true do end', 0)).rejects.toThrow(/killed/i);
    await vi.waitFor(() => expect(other.ping()).rejects.toThrow(/BUSY/));
    const refused = both();
    await vi.waitFor(() => expect(other.ping()).rejects.toThrow(/BUSY/));
    await other.script('KILL');
    await busy;
    expect(await refused).toEqual([8, [true, 9, 9]]);
    direct.disconnect();
    other.disconnect();
  });

  it('a server without memory is full', async () => {
    const small = await startRedis({
      args: ['--maxmemory', '100kb', '--maxmemory-policy', 'noeviction'],
    });
    try {
      const store = open({ url: small.url });
      for (const call of [
        store.set('key', 'x'),
        store.increment('n'),
        store.setMany([['key', 1]]),
      ]) {
        await expect(call).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
      }
    } finally {
      await small.stop();
    }
  });
});

describe('a connection that breaks', () => {
  let proxy: RedisProxy;

  beforeEach(async () => {
    proxy = await RedisProxy.start(url);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await proxy.close();
  });

  const key = () => `${keyPrefix}:key`;
  const writes: [
    call: string,
    (store: SharedStore) => Promise<unknown>,
    applied: () => Promise<boolean>,
  ][] = [
    ['set', (store) => store.set('key', 2), async () => (await raw.get(key())) === '2'],
    ['setMany', (store) => store.setMany([['key', 3]]), async () => (await raw.get(key())) === '3'],
    ['increment', (store) => store.increment('key', 5), async () => (await raw.get(key())) === '6'],
    [
      'increment within bounds',
      (store) => store.increment('key', 5, { max: 6 }),
      async () => (await raw.get(key())) === '6',
    ],
    [
      'compareAndSet',
      (store) => store.compareAndSet('key', 1, 8),
      async () => (await raw.get(key())) === '8',
    ],
    [
      'getAndDelete',
      (store) => store.getAndDelete('key'),
      async () => (await raw.exists(key())) === 0,
    ],
    [
      'take of a rate limit',
      (store) => store.rateLimit('taken', { limit: 3, periodMs: 60_000 }).take('id', 2),
      async () => /^40000 /.test((await raw.get(`${keyPrefix}$muster.limit:taken:id`)) ?? ''),
    ],
    ['update', (store) => store.update('key', () => 7), async () => (await raw.get(key())) === '7'],
    [
      'deleteMany',
      (store) => store.deleteMany(['key', 'another']),
      async () => (await raw.exists(key())) === 0,
    ],
    ['delete', (store) => store.delete('key'), async () => (await raw.exists(key())) === 0],
    [
      'touch',
      (store) => store.touch('key', { ttlMs: 60_000 }),
      async () => (await raw.pttl(key())) > 0,
    ],
  ];

  it.each(writes)(
    '%s, sent and not answered, is applied once, and says that it cannot know',
    async (call, write, applied) => {
      const store = open({ url: proxy.url });
      await store.set('key', 1);
      proxy.dropRepliesFrom(/\b(set|eval|unlink|getdel)\b/i);
      const outcome = expect(write(store)).rejects.toMatchObject({
        code: 'MUSTER_OUTCOME_UNKNOWN',
      });
      await vi.waitFor(async () => expect(await applied()).toBe(true));
      proxy.passRepliesAgain();
      proxy.cut();
      await outcome;
      // Whatever the store sends on its next connection has arrived before this answer.
      expect(await store.has('key')).toBe(!/delete/i.test(call));
      expect(await applied()).toBe(true);
    },
  );

  it('a read that was not answered is asked again', async () => {
    const store = open({ url: proxy.url });
    await store.set('key', 1);
    proxy.dropRepliesFrom(/\bmget\b/);
    const reading = store.get('key');
    await vi.waitFor(() => expect(proxy.drops).toBe(true));
    proxy.passRepliesAgain();
    proxy.cut();
    expect(await reading).toBe(1);
  });

  it('a question to a rate limit that was not answered is asked again', async () => {
    const limit = open({ url: proxy.url }).rateLimit('asked', { limit: 3, periodMs: 60_000 });
    await limit.take('id', 2);
    proxy.dropRepliesFrom(/\beval\b/);
    const asking = limit.take('id', 0);
    await vi.waitFor(() => expect(proxy.drops).toBe(true));
    proxy.passRepliesAgain();
    proxy.cut();
    expect(await asking).toMatchObject({ allowed: true, remaining: 1 });
  });

  it('where no answer comes any more, calls end with the deadline, and the next connection serves', async () => {
    const store = open({ url: proxy.url, deadlineMs: 300 });
    await store.set('key', 1);
    proxy.dropRepliesFrom(/\bmget\b/);
    const results = await Promise.allSettled([store.get('key'), store.increment('n')]);
    expect(results).toMatchObject([
      { reason: { code: 'MUSTER_DEADLINE_EXCEEDED' } },
      { reason: { code: 'MUSTER_OUTCOME_UNKNOWN' } },
    ]);
    proxy.passRepliesAgain();
    expect(await store.get('key')).toBe(1);
    expect(await store.increment('n')).toBe(2);
  });

  it('an update whose write is not answered ends with its deadline, not that of the write', async () => {
    const deadlineMs = 600;
    const store = open({ url: proxy.url, deadlineMs });
    await store.set('key', 1);
    proxy.dropRepliesFrom(/\beval\b/);
    const start = performance.now();
    const update = store.update('key', async () => {
      await new Promise((resolve) => setTimeout(resolve, deadlineMs / 2));
      return 2;
    });
    await expect(update).rejects.toMatchObject({ code: 'MUSTER_OUTCOME_UNKNOWN' });
    expect(performance.now() - start).toBeLessThan(deadlineMs * 1.4);
    expect(await raw.get(key())).toBe('2');
  });

  it('an answer that came while this process was blocked counts', async () => {
    // Not through the proxy, which is in this process.
    const store = open({ deadlineMs: 1_000 });
    await store.set('key', 1);
    const calls = Promise.all([store.get('key'), store.increment('n')]);
    await new Promise(setImmediate);
    const until = performance.now() + 1_200;
    while (performance.now() < until);
    expect(await calls).toEqual([1, 1]);
  });

  it('20 increments on broken connections are each applied once or not acknowledged', async () => {
    const store = open({ url: proxy.url });
    let acknowledged = 0;
    let unknown = 0;
    for (let round = 0; round < 20; round++) {
      const calls = Array.from({ length: 10 }, () => store.increment('n'));
      if (round % 2 === 0) setImmediate(() => proxy.cut());
      for (const result of await Promise.allSettled(calls)) {
        if (result.status === 'fulfilled') acknowledged++;
        else if (result.reason.code === 'MUSTER_OUTCOME_UNKNOWN') unknown++;
        else throw result.reason;
      }
    }
    const stored = Number(await raw.get(`${keyPrefix}:n`));
    expect(acknowledged + unknown).toBe(200);
    expect(unknown).toBeGreaterThan(0);
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    expect(stored).toBeLessThanOrEqual(acknowledged + unknown);
  });
});
