// Near caches on a real Redis: what is asked of the server, and what is given.
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { Redis } from 'ioredis';
import { nanoid } from 'nanoid';
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisProxy } from '../../../../test/support/redis/proxy.js';
import { startRedis } from '../../../../test/support/redis/server.js';

const server = await startRedis();
afterAll(() => server.stop());

const opened: SharedStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function open(options: SharedStoreOptions = {}): SharedStore {
  const store = createSharedStore({ url: server.url, deadlineMs: 30_000, ...options });
  opened.push(store);
  return store;
}

/** Of other connections: as another process would. */
function openOther(): SharedStore {
  return open({ url: `${server.url}/0` });
}

const LONG = { maxStaleMs: 600_000 };

/** Reads until it is kept. */
async function kept(store: SharedStore, read: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(async () => {
    const { hits } = store.near;
    await read();
    expect(store.near.hits).toBeGreaterThan(hits);
  });
}

/** Whether the next read asks the server. */
async function asks(store: SharedStore, read: () => Promise<unknown>): Promise<boolean> {
  const { misses } = store.near;
  await read();
  return store.near.misses > misses;
}

describe('a namespace that is near', () => {
  it('answers a read by what was read before, also that there is nothing, each time with a copy', async () => {
    const store = open();
    const view = store.namespace<{ list: number[] }>(nanoid(), { near: LONG });
    await view.set('key', { list: [1] });
    await kept(store, () => view.get('key'));
    (await view.get('key'))?.list.push(2);
    expect(await view.get('key')).toEqual({ list: [1] });
    await kept(store, () => view.get('nothing'));
    expect(await view.getMany(['nothing', 'key'])).toEqual([undefined, { list: [1] }]);
    // Whoever did not ask for it reads what the server has.
    expect(await asks(store, () => store.namespace(nanoid()).get('key'))).toBe(false);
  });

  it('reads what this process writes, awaited or not, by whichever call and store', async () => {
    const name = nanoid();
    const store = open();
    const view = store.namespace<number>(name, { near: LONG });
    const other = open().namespace<number>(name);
    const writes: Record<string, () => Promise<unknown>> = {
      set: () => view.set('key', 1),
      setMany: () => view.setMany([['key', 2]]),
      increment: () => view.increment('key', 1),
      update: () => view.update('key', (n = 0) => n + 1),
      transaction: () => view.transaction(['key'], ([n = 0]) => [n + 1]),
      compareAndSet: () => view.compareAndSet('key', 5, 6),
      'another store of the process': () => other.set('key', 7),
      getAndDelete: () => view.getAndDelete('key'),
      'set again': () => view.set('key', 8),
      delete: () => view.delete('key'),
      'set once more': () => view.set('key', 9),
      clear: () => view.clear(),
    };
    const expected = [1, 2, 3, 4, 5, 6, 7, undefined, 8, undefined, 9, undefined];
    for (const [index, [what, write]] of Object.entries(writes).entries()) {
      await kept(store, () => view.get('key'));
      // These write later than they are called.
      const isAtOnce = !/update|transaction|another/.test(what);
      const written = write();
      if (!isAtOnce) await written;
      expect([what, await view.get('key')]).toEqual([what, expected[index]]);
      await written;
      expect([what, await view.get('key')]).toEqual([what, expected[index]]);
    }
  });

  it('drops what another process replaces, and asks for nothing else', async () => {
    const name = nanoid();
    const store = open();
    const view = store.namespace<number>(name, { near: LONG });
    const other = openOther().namespace<number>(name);
    await other.setMany([
      ['key', 1],
      ['left alone', 1],
    ]);
    for (const key of ['key', 'left alone', 'new']) await kept(store, () => view.get(key));
    await other.set('key', 2);
    await other.set('new', 2);
    await vi.waitFor(async () => expect(await view.getMany(['key', 'new'])).toEqual([2, 2]));
    expect(await asks(store, () => view.get('left alone'))).toBe(false);
    const raw = new Redis(server.url);
    onTestFinished(() => raw.disconnect());
    await raw.flushall();
    await vi.waitFor(async () => expect(await view.get('left alone')).toBeUndefined());
  });

  it('asks the server where its event loop was blocked, and by the next turn goes on as before', async () => {
    const name = nanoid();
    const store = open();
    const view = store.namespace<number>(name, { near: { maxStaleMs: 500 } });
    await view.set('key', 1);
    await kept(store, () => view.get('key'));
    const { stale } = store.near;
    const end = performance.now() + 501;
    while (performance.now() < end);
    expect(await asks(store, () => view.get('key'))).toBe(true);
    expect(store.near.stale).toBe(stale + 1);
    await kept(store, () => view.get('key'));
  });

  it('gives nothing on the millisecond on which it ends, whatever is kept', async () => {
    const store = open();
    const view = store.namespace<number>(nanoid(), { near: LONG });
    await view.set('warm', 1);
    await kept(store, () => view.get('warm'));
    const start = performance.now();
    await view.set('key', 1, { ttlMs: 300 });
    const setAt = performance.now();
    for (;;) {
      const at = performance.now();
      const value = await view.get('key');
      if (value === undefined) break;
      // It began to count before it was acknowledged, in whole milliseconds.
      expect(at - setAt).toBeLessThan(301);
    }
    expect(performance.now() - start).toBeGreaterThanOrEqual(299);
  });

  it('keeps as many as it was told', async () => {
    const store = open();
    const view = store.namespace<number>(nanoid(), { near: { ...LONG, maxEntries: 2 } });
    await kept(store, () => view.get('1'));
    await kept(store, () => view.get('2'));
    await kept(store, () => view.get('3'));
    const asked = [];
    for (const key of ['3', '2', '1']) asked.push(await asks(store, () => view.get(key)));
    expect(asked.filter(Boolean)).toHaveLength(1);
  });
});

it('after a break of the connection nothing is given that was replaced meanwhile', async () => {
  const proxy = await RedisProxy.start(server.url);
  onTestFinished(() => proxy.close());
  const name = nanoid();
  const store = open({ url: proxy.url });
  const view = store.namespace<number>(name, { near: LONG });
  const other = open().namespace<number>(name);
  await other.set('key', 1);
  await kept(store, () => view.get('key'));
  proxy.cut();
  await other.set('key', 2);
  await vi.waitFor(() => expect(store.near.gaps).toBeGreaterThan(0));
  await vi.waitFor(async () => expect(await view.get('key')).toBe(2));
  await kept(store, () => view.get('key'));
});

it('a server that does not let its user track is read through, and the process is told once', async () => {
  const raw = new Redis(server.url);
  onTestFinished(() => raw.disconnect());
  await raw.call(
    'ACL',
    'SETUSER',
    'plain',
    'on',
    '>secret',
    '~*',
    '&*',
    '+@all',
    '-client|tracking',
  );
  const warned: string[] = [];
  const listener = ({ code, message }: Error & { code?: string }) => {
    if (code === 'MUSTER_NEAR_OFF') warned.push(message);
  };
  process.on('warning', listener);
  onTestFinished(() => void process.off('warning', listener));
  const url = server.url.replace('//', '//plain:secret@');
  const stores = [open({ url, deadlineMs: 1_000 }), open({ url, deadlineMs: 1_001 })];
  for (const store of stores) {
    const view = store.namespace<number>(nanoid(), { near: true });
    await view.set('key', 1);
    expect(await view.get('key')).toBe(1);
  }
  await vi.waitFor(() => expect(warned).toHaveLength(1));
  expect(warned[0]).not.toContain('secret');
  expect(stores.map(({ near }) => near.hits)).toEqual([0, 0]);
});

describe('a cache that is near', () => {
  it('gives what it has loaded without a question, until it or its tag is dropped by anybody', async () => {
    const name = nanoid();
    const store = open();
    const cache = store.cache<number>(name, { near: LONG });
    const other = openOther().cache<number>(name);
    let loads = 0;
    const read = () => cache.get('key', () => ++loads, { tags: ['tag'] });
    await kept(store, read);
    expect(await asks(store, read)).toBe(false);
    expect(loads).toBe(1);
    await other.invalidateTag('tag');
    await vi.waitFor(async () => expect(await read()).toBe(2));
    await kept(store, read);
    await other.delete('key');
    await vi.waitFor(async () => expect(await read()).toBe(3));
    await cache.set('key', 10, { tags: ['tag'] });
    expect(await cache.peek('key')).toBe(10);
    await cache.invalidateTag('tag');
    expect(await read()).toBe(4);
  });
});

it('other engines take the option, and do nothing about it', async () => {
  const store = open({ url: 'memory:' });
  const view = store.namespace<number>('near', { near: true });
  await view.set('key', 1);
  expect([await view.get('key'), await view.get('key')]).toEqual([1, 1]);
  expect(store.near).toEqual({ hits: 0, misses: 0, stale: 0, gaps: 0, entries: 0 });
});

it.each([
  [{ maxEntries: 0 }, /near\.maxEntries/],
  [{ maxStaleMs: 99 }, /near\.maxStaleMs.*100/],
  [{ max: 5 }, /maxEntries/],
  ['yes', /near/],
])('near: %j is refused', (near, message) => {
  expect(() => open().namespace('near', { near: near as never })).toThrow(message);
});
