// A cache whose store is full, away or takes no writes: the value is loaded, and given.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cache, createSharedStore, type SharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';

/** On a busy machine. */
const PATIENCE = { timeout: 20_000 };

let server: RedisServer;
let raw: Redis;
const opened: SharedStore[] = [];

beforeAll(async () => {
  server = await startRedis();
  raw = new Redis(server.url, { retryStrategy: () => 20 });
  raw.on('error', () => {});
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  raw.disconnect();
  await server.stop();
});

function onRedis(deadlineMs = 20_000): SharedStore {
  const store = createSharedStore({
    url: server.url,
    keyPrefix: `muster-test:${randomUUID()}:`,
    deadlineMs,
  });
  opened.push(store);
  return store;
}

/** Two at once of a key share a load, with and without tags, and nothing is kept. */
async function failsOpen(cache: Cache): Promise<void> {
  let loads = 0;
  const load = async () => ++loads;
  const both = (key: string, options = {}) =>
    Promise.all([cache.get(key, load, options), cache.get(key, load, options)]);
  expect(await both('one')).toEqual([1, 1]);
  expect(await both('one', { tags: ['tag'] })).toEqual([2, 2]);
  const failure = new Error('no database');
  await expect(cache.get('bad', () => Promise.reject(failure))).rejects.toBe(failure);
}

it('of the embedded engine: full', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  const store = createSharedStore({ url: `lmdb:${folder}`, maxBytes: 128 * 1024 });
  try {
    const kept = store.cache('cache', { ttlMs: 1, staleMs: 60_000 });
    const fill = async () => {
      for (let n = 0; ; n++) await store.set(`${n}`, 'x'.repeat(n < 100 ? 1_000 : 10));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
    await failsOpen(kept);
    await store.clear();
    expect(await kept.get('one', () => 'kept')).toBe('kept');
    expect(await kept.get('one', () => 'other')).toBe('kept');
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
});

it('of Redis: full', async () => {
  const cache = onRedis().cache('cache');
  await cache.get('kept', () => 'kept');
  await raw.config('SET', 'maxmemory', '1');
  await failsOpen(cache);
  expect(await cache.get('kept', () => 'other')).toBe('kept');
  await raw.config('SET', 'maxmemory', '0');
});

it('of Redis: a server that takes no writes', async () => {
  // It is asked again until the deadline.
  const store = onRedis(500);
  await vi.waitFor(() => store.ready(), PATIENCE);
  const cache = store.cache('cache');
  await raw.replicaof('127.0.0.1', 1);
  await failsOpen(cache);
  await raw.replicaof('NO', 'ONE');
});

it('of Redis: away, and nobody waits for it but the first', async () => {
  const store = onRedis(300);
  await vi.waitFor(() => store.ready(), PATIENCE);
  const cache = store.cache('cache');
  await server.kill();
  await failsOpen(cache);
  await vi.waitFor(() => expect(store.status).toBe('degraded'), PATIENCE);
  // Each would have waited for the deadline, and all together longer than a test may take.
  for (let n = 0; n < 500; n++) expect(await cache.get(`${n}`, () => n)).toBe(n);
  await expect(cache.invalidateTag('tag')).rejects.toMatchObject({
    code: 'MUSTER_STORE_UNREACHABLE',
  });
  await server.restart();
  await vi.waitFor(() => expect(store.status).toBe('ready'), PATIENCE);
  await vi.waitFor(async () => {
    const key = randomUUID();
    expect(await cache.get(key, () => 'again')).toBe('again');
    expect(await cache.get(key, () => 'other')).toBe('again');
  }, PATIENCE);
});

it('that is closed gives nothing', async () => {
  const store = onRedis();
  const cache = store.cache('cache');
  await store.close();
  await expect(cache.get('key', () => 1)).rejects.toMatchObject({ code: 'MUSTER_STORE_CLOSED' });
});
