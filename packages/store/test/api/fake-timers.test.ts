// A test that fakes timers means its own code: the store goes on, then and later.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { RedisProxy } from '../../../../test/support/redis/proxy.js';

let folder: string;
let proxy: RedisProxy;
const opened: SharedStore[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  proxy = await RedisProxy.start(inject('redisUrl'));
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await proxy.close();
  await rm(folder, { recursive: true });
});

function open(engine: 'embedded' | 'redis'): SharedStore {
  const url = engine === 'redis' ? proxy.url : `lmdb:${folder}`;
  const store = createSharedStore({ url, keyPrefix: `muster-test:${randomUUID()}:` });
  opened.push(store);
  return store;
}

/** Each of these waits for a timer of the store's, or for the end of a turn. */
async function everything(store: SharedStore): Promise<void> {
  await store.set('n', 0);
  // So long that it lets the event loop turn.
  for (let n = 0; n < 2_000; n++) await store.get('n');
  const heard = new EventTarget();
  const unwatch = await store.watch({ key: 'n' }, () => heard.dispatchEvent(new Event('change')));
  const change = once(heard, 'change');
  await Promise.all(
    Array.from({ length: 5 }, () => store.update<number>('n', (n = 0) => Number(n) + 1)),
  );
  expect(await store.get('n')).toBe(5);
  await change;
  unwatch();
  const lock = await store.lock('lock', { ttlMs: 60_000 });
  const waiting = store.lock('lock');
  await lock.release();
  await (await waiting).release();
  await expect(
    store.withLock('held', () => store.lock('held', { waitMs: 20 })),
  ).rejects.toMatchObject({ code: 'MUSTER_LOCK_TIMEOUT' });
  const cache = store.cache('cache', { loadTimeoutMs: 20 });
  await expect(cache.get('key', () => new Promise(() => {}))).rejects.toMatchObject({
    code: 'MUSTER_LOAD_TIMEOUT',
  });
}

describe.each(['embedded', 'redis'] as const)('%s', (engine) => {
  it('works under fake timers, and under real ones later', async () => {
    const store = open(engine);
    vi.useFakeTimers();
    await everything(store);
    vi.useRealTimers();
    await everything(store);
  });
});

it('a connection to Redis that breaks under fake timers is made anew', async () => {
  const store = open('redis');
  await store.set('key', 1);
  vi.useFakeTimers();
  const degraded = new Promise((resolve) => store.on('degraded', resolve));
  proxy.cut();
  await degraded;
  expect(await store.get('key')).toBe(1);
});
