// What something else has written, in Redis, where the store keeps its own.
import { randomUUID } from 'node:crypto';
import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

const url = inject('redisUrl');
const keyPrefix = `muster-test:${randomUUID()}:`;
const store = createSharedStore({ url, keyPrefix });
let raw: Redis;

beforeAll(() => {
  raw = new Redis(url);
});
afterAll(async () => {
  await store.close();
  raw.disconnect();
});

const END = Date.now() + 3_600_000;
const DIGITS = '9'.repeat(400);
const JUNK = [
  ...['', 'x', 'NaN', '1e999', '-1', '1.5', DIGITS, `${DIGITS}\nh a.1 ${END} ${DIGITS} owner`],
  ...[`1\nh a.1 ${DIGITS} 1 owner`, `nan\nw a.1 ${DIGITS} 0 owner`, 'inf\ninf'],
];

/** The keys that `call` has made, without the mark of the data. */
async function keysOf(call: () => Promise<unknown>): Promise<string[]> {
  await call();
  const keys = await raw.keys(`${keyPrefix}*`);
  return keys.filter((key) => !key.endsWith('$muster.data:mark'));
}

it('is replaced where a lock or a semaphore is', async () => {
  const take = async () => {
    const lock = await store.lock('lock', { waitMs: 0 });
    const permit = await store.semaphore('permits', { permits: 2 }).acquire({ waitMs: 0 });
    const tokens = [lock.token, permit.token];
    await Promise.all([lock.release(), permit.release()]);
    return tokens;
  };
  const keys = await keysOf(take);
  expect(keys).toHaveLength(2);
  for (const junk of JUNK) {
    for (const key of keys) await raw.set(key, junk);
    for (const token of await take()) expect(token, junk).toSatisfy(Number.isSafeInteger);
    for (const token of await take()) expect(token, junk).toSatisfy(Number.isSafeInteger);
  }
  await raw.del(...keys);
});

it('is loaded anew where a cached value is, and where its load or a tag is', async () => {
  const cache = store.cache<string>('cache');
  const get = () => cache.get('key', () => 'loaded', { tags: ['tag'] });
  const keys = await keysOf(get);
  for (const junk of [...JUNK, '1 2 3 [[[[\n1']) {
    for (const key of keys) await raw.set(key, junk);
    expect(await get(), junk).toBe('loaded');
  }
  const wholly = [...keys, ...keys.map((key) => key.replace('cache', 'load'))];
  for (const key of wholly) {
    await raw.del(key);
    await raw.rpush(key, 'item');
  }
  expect(await get()).toBe('loaded');
});
