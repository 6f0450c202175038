// Locks and caches on a Redis that is lost in the middle of a call.
import { randomUUID } from 'node:crypto';
import { createSharedStore, type LockOptions, type SharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it, onTestFinished, vi } from 'vitest';
import { RedisProxy } from '../../../../test/support/redis/proxy.js';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';

/** For a store to connect anew, on a busy machine. */
const PATIENCE = { timeout: 20_000 };

let proxy: RedisProxy;
/** Its connection breaks. */
let store: SharedStore;
/** Its connection does not. */
let other: SharedStore;
let server: RedisServer | undefined;

beforeEach(async () => {
  const keyPrefix = `muster-test:${randomUUID()}:`;
  proxy = await RedisProxy.start(inject('redisUrl'));
  store = createSharedStore({ url: proxy.url, keyPrefix });
  other = createSharedStore({ url: inject('redisUrl'), keyPrefix });
  await Promise.all([store.ready(), other.ready()]);
});
afterEach(async () => {
  await Promise.all([store.close(), other.close()]);
  await proxy.close();
  await server?.stop();
  server = undefined;
});

/** Breaks the connection after the next request that matches was carried out, and before its answer. */
async function cutAfter<Output>(request: RegExp, call: () => Promise<Output>): Promise<Output> {
  proxy.dropRepliesFrom(request);
  const output = call();
  // Whoever looks at it later: it must not count as unhandled until then.
  output.catch(() => {});
  await vi.waitFor(() => expect(proxy.drops).toBe(true), PATIENCE);
  proxy.passRepliesAgain();
  proxy.cut();
  return output;
}

/** Alone. */
const HOLDABLE = {
  lock: (of: SharedStore, options?: LockOptions) => of.lock('name', options),
  'permit of a semaphore': (of: SharedStore, options?: LockOptions) =>
    of.semaphore('name', { permits: 1 }).acquire(options),
};

it.each(Object.entries(HOLDABLE))(
  'a %s that was given and not heard of is got with the next connection, and held once',
  async (_, hold) => {
    await (await hold(store)).release();
    const lock = await cutAfter(/\{=name\}/, () => hold(store));
    await expect(hold(other, { waitMs: 50 })).rejects.toMatchObject({
      code: 'MUSTER_LOCK_TIMEOUT',
    });
    expect(await lock.release()).toBe(true);
    const next = await hold(other, { waitMs: 0 });
    expect(next.token).toBeGreaterThan(lock.token);
    await next.release();
  },
);

it('a lock whose caller gave up while nobody answered is free again', async () => {
  const controller = new AbortController();
  const cut = cutAfter(/\$muster\.lock:\{=name\}/, () => {
    const lock = store.lock('name', { ttlMs: 3_600_000, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    return lock;
  });
  await expect(cut).rejects.toThrow('enough');
  await (await other.lock('name', { waitMs: 60_000 })).release();
});

it.each(Object.entries(HOLDABLE))(
  'a release of a %s that was not answered says so, and it is free all the same',
  async (_, hold) => {
    const lock = await hold(store, { ttlMs: 3_600_000 });
    const released = cutAfter(/\{=name\}/, () => lock.release());
    await expect(released).rejects.toMatchObject({ code: 'MUSTER_OUTCOME_UNKNOWN' });
    expect(lock.signal.aborted).toBe(true);
    await (await hold(other, { waitMs: 60_000 })).release();
  },
);

it('a held lock outlives connections that are lost, also in the middle of its extension', async () => {
  const lock = await store.lock('name', { ttlMs: 5_000 });
  await cutAfter(/\{=name\}/, async () => {});
  for (let cuts = 0; cuts < 2; cuts++) {
    await store.ready();
    proxy.cut();
  }
  await expect(other.lock('name', { waitMs: 6_000 })).rejects.toMatchObject({
    code: 'MUSTER_LOCK_TIMEOUT',
  });
  expect(lock.signal.aborted).toBe(false);
  expect(await lock.release()).toBe(true);
});

it('a lock is lost before its lease ends where Redis is gone, and tokens go on where it came back empty', async () => {
  server = await startRedis();
  await using own = createSharedStore({ url: server.url, deadlineMs: 1_000 });
  await vi.waitFor(() => own.ready(), PATIENCE);
  const lock = await vi.waitFor(() => own.lock('name', { ttlMs: 1_000 }), PATIENCE);
  await server.kill();
  await vi.waitFor(() => expect(lock.signal.aborted).toBe(true), PATIENCE);
  expect(lock.signal.reason).toMatchObject({ code: 'MUSTER_LOCK_LOST' });
  await expect(own.lock('name', { waitMs: 0 })).rejects.toMatchObject({
    code: 'MUSTER_STORE_UNREACHABLE',
  });
  await server.restart();
  const next = await vi.waitFor(() => own.lock('name'), PATIENCE);
  expect(next.token).toBeGreaterThan(lock.token);
  await next.release();
});

it('a leader that loses Redis stops, and somebody leads when it is back', async () => {
  server = await startRedis();
  await using own = createSharedStore({ url: server.url, deadlineMs: 500 });
  await using leadership = own.leader(
    'name',
    ({ signal }) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    { ttlMs: 1_000 },
  );
  await vi.waitFor(() => expect(leadership.isLeader).toBe(true), PATIENCE);
  await server.kill();
  await vi.waitFor(() => expect(leadership.isLeader).toBe(false), PATIENCE);
  await server.restart();
  await vi.waitFor(() => expect(leadership.isLeader).toBe(true), PATIENCE);
});

it('a value that was loaded is given, also where it could not be kept', async () => {
  const loads: string[] = [];
  const load = (name: string) => async () => {
    loads.push(name);
    return name;
  };
  const cache = store.cache('cache');
  const value = await cutAfter(/first load/, () => cache.get('key', load('first load')));
  expect(value).toBe('first load');
  const later = await vi.waitFor(() => cache.get('key', load('second load')), PATIENCE);
  // It was kept, though nobody said so.
  expect(later).toBe('first load');
  expect(await other.cache('cache').get('key', load('third load'))).toBe('first load');
  expect(loads).toEqual(['first load']);
});

it('a lock is given back to a server that has no room left', async () => {
  server = await startRedis();
  await using own = createSharedStore({ url: server.url });
  const lock = await own.lock('name');
  await own.setMany(Array.from({ length: 200 }, (_, n) => [`key ${n}`, 'x'.repeat(10_000)]));
  const raw = new Redis(server.url);
  onTestFinished(() => raw.disconnect());
  await raw.config('SET', 'maxmemory', '1mb');
  await expect(own.set('key', 1)).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
  await expect(own.lock('another')).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
  expect(await lock.release()).toBe(true);
  expect(await raw.exists('muster:$muster.lock:{=name}')).toBe(0);
  await raw.config('SET', 'maxmemory', '0');
  await (await own.lock('name', { waitMs: 0 })).release();
});
