// unstorage on a shared store. Its own driver tests are not published, so these are written from its contract.
import { createStorageDriver } from '@muster/adapters/unstorage';
import { createSharedStore } from '@muster/store';
import { createStorage, type Driver, prefixStorage, restoreSnapshot, snapshot } from 'unstorage';
import { describe, expect, expectTypeOf, inject, onTestFinished, test } from 'vitest';
import { RedisProxy } from '../../../test/support/redis/proxy.js';
import { emptyStore, engines, openStore } from './support/stores.js';

describe.each(engines)('on %s', async (engine) => {
  const store = await openStore(engine);
  let namespaces = 0;
  /** A storage of its own, or another one on the same items. */
  const open = (options: object = { namespace: `s${++namespaces}` }) =>
    createStorage({ driver: createStorageDriver({ store, ...options }) });

  test('an item comes back as unstorage has it, from any storage on the store', async () => {
    const [one, two] = [open({}), open({})];
    const values = { text: 'hello', number: 7, yes: true, object: { a: [1] }, nothing: null };
    for (const [key, value] of Object.entries(values)) {
      await one.setItem(key, value);
      expect(await two.getItem(key)).toEqual(value);
      expect(await two.hasItem(key)).toBe(true);
    }
    await two.removeItem('text');
    expect(await one.getItem('text')).toBeNull();
    expect(await one.hasItem('text')).toBe(false);
  });

  test('bytes come back as they were', async () => {
    const storage = open();
    await storage.setItemRaw('bytes', new Uint8Array([0, 1, 255]));
    expect([...(await storage.getItemRaw('bytes'))]).toEqual([0, 1, 255]);
  });

  test('many items at once, each with its own lifetime', async () => {
    const storage = open();
    await storage.setItems<object>([
      { key: 'a', value: { n: 1 } },
      { key: 'b', value: { n: 2 }, options: { ttl: 7_200 } },
    ]);
    expect(await storage.getItems(['a', { key: 'x' }, 'b'])).toEqual([
      { key: 'a', value: { n: 1 } },
      { key: 'x', value: null },
      { key: 'b', value: { n: 2 } },
    ]);
    expect(await storage.getMeta('a')).toEqual({});
    const { ttl = 0 } = await storage.getMeta('b');
    expect(ttl > 3_600 && ttl <= 7_200).toBe(true);
  });

  test('lists and clears below a base, and nothing beside it', async () => {
    const driver = createStorageDriver({ store, namespace: 'bases' });
    const storage = createStorage({ driver });
    for (const key of ['a', 'a:b', 'a:b:c', 'ab', 'x*[y]:z']) await storage.setItem(key, key);
    expect((await storage.getKeys()).sort()).toEqual(['a', 'a:b', 'a:b:c', 'ab', 'x*[y]:z']);
    expect((await storage.getKeys('a')).sort()).toEqual(['a:b', 'a:b:c']);
    expect(await storage.getKeys('x*[y]')).toEqual(['x*[y]:z']);
    expect(await storage.getKeys('', { maxDepth: 0 })).toEqual(expect.arrayContaining(['a', 'ab']));
    // A storage clears below the bases of its mounts alone.
    await driver.clear?.('a:', {});
    expect((await storage.getKeys()).sort()).toEqual(['a', 'ab', 'x*[y]:z']);
    await storage.clear();
    expect(await storage.getKeys()).toEqual([]);
  });

  test('a lifetime in seconds ends an item, and the default of the driver applies without one', async () => {
    const storage = open({ namespace: 'ttl', ttlMs: 3_600_000 });
    await storage.setItem('short', 1, { ttl: 0.001 });
    await storage.setItem('default', 1);
    await expect.poll(() => storage.getItem('short')).toBeNull();
    expect(await storage.getMeta('short')).toEqual({});
    expect((await storage.getMeta('default')).ttl).toBeLessThanOrEqual(3_600);
  });

  test('meta of an app stays with its item', async () => {
    const storage = open();
    await storage.setItem('a', 1);
    await storage.setMeta('a', { mtime: new Date(0), by: 'ada' });
    expect(await storage.getMeta('a')).toEqual({ mtime: new Date(0), by: 'ada' });
    await storage.removeItem('a', { removeMeta: true });
    expect(await storage.getMeta('a')).toEqual({});
  });

  test('mounted below a base and taken as a snapshot', async () => {
    const driver = createStorageDriver({ store, namespace: 'mounted' });
    const storage = createStorage().mount('shared', driver);
    await storage.setItem('shared:a:b', 1);
    await storage.setItem('local', 1);
    expect((await storage.getKeys()).sort()).toEqual(['local', 'shared:a:b']);
    expect(await storage.getKeys('shared:a')).toEqual(['shared:a:b']);
    expect(await prefixStorage(storage, 'shared').getItem('a:b')).toBe(1);
    const taken = await snapshot(storage, 'shared');
    await storage.clear('shared');
    expect(await storage.getKeys('shared')).toEqual([]);
    await restoreSnapshot(storage, taken, 'shared');
    expect(await storage.getItem('shared:a:b')).toBe(1);
    await storage.dispose();
    expect(await store.has('the store is open')).toBe(false);
  });

  test('a watch hears what another storage changes, and nothing after its end', async () => {
    const [writer, watcher] = [open({ namespace: 'watched' }), open({ namespace: 'watched' })];
    const heard: string[] = [];
    const unwatch = await watcher.watch((event, key) => heard.push(`${event} ${key}`));
    await writer.setItem('a:b', 1);
    await expect.poll(() => heard).toContain('update a:b');
    await writer.setItems([{ key: 'many', value: 1 }]);
    await expect.poll(() => heard).toContain('update many');
    await writer.removeItem('a:b');
    await expect.poll(() => heard).toContain('remove a:b');
    await unwatch();
    const before = heard.length;
    let isHeard = false;
    await store.namespace('watched').watch({ key: 'last' }, () => {
      isHeard = true;
    });
    await writer.setItem('last', 1);
    await expect.poll(() => isHeard).toBe(true);
    expect(heard).toHaveLength(before);
  });
});

test('what a watch on Redis may have missed is an update of every item', async () => {
  const proxy = await RedisProxy.start(inject('redisUrl'));
  const store = createSharedStore({ ...(await emptyStore('redis')), url: proxy.url });
  onTestFinished(async () => {
    await store.close();
    await proxy.close();
  });
  const storage = createStorage({ driver: createStorageDriver({ store }) });
  for (const key of ['a', 'b:c']) await storage.setItem(key, 1);
  const heard: string[] = [];
  await storage.watch((event, key) => heard.push(`${event} ${key}`));
  proxy.cut();
  await expect.poll(() => new Set(heard)).toEqual(new Set(['update a', 'update b:c']));
});

test('the driver is one of unstorage', () => {
  expectTypeOf(createStorageDriver).returns.toExtend<Driver>();
});
