import { randomUUID } from 'node:crypto';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { clock } from '../../../../test/support/settable-clock.js';

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
    clock.aheadMs = 3_600_000;
    try {
      expect((await limit.take('ada', 60)).allowed).toBe(false);
    } finally {
      clock.aheadMs = 0;
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
      open({ url: own, keyPrefix: `${keyPrefix}2:`, deadlineMs: 60_000 }),
    ];
    await Promise.all(stores.map((store) => store.ready()));
    expect(await names()).toBe(before + 1);
    await stores[0]?.close();
    expect(await stores[1]?.get('key')).toBeUndefined();
    await stores[1]?.close();
    await vi.waitFor(async () => expect(await names()).toBe(before));
  });

  it.each([
    ['6', Redis],
    ['5', Redis5 as unknown as typeof Redis],
  ])('a given client of ioredis %s is connected like, and left alone', async (_, Client) => {
    const client = new Client(url, { keyPrefix: `${keyPrefix}app:`, enableOfflineQueue: true });
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
