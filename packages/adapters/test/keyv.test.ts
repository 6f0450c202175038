// Keyv on a shared store: the published suite of Keyv 5, what both majors promise, and what stands on Keyv.
import { KeyvAdapter } from '@apollo/utils.keyvadapter';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { createKeyvStore } from '@muster/adapters/keyv';
import { createSharedStore } from '@muster/store';
import { CACHE_MANAGER, type Cache, CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createCache } from 'cache-manager';
import { Keyv as Keyv5, type KeyvStoreAdapter } from 'keyv';
import { Keyv as Keyv6, type KeyvBridgeStore } from 'keyv-6';
import * as vitest from 'vitest';
import { afterAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { engines, openStore } from './support/stores.js';

/** Two tests of the suite want a value with a lifetime of a second back before it ends: on a busy machine, again. */
const runner = {
  ...vitest,
  it: (name: string, run: (context: vitest.TestContext) => unknown) =>
    vitest.it(name, { retry: 5 }, (context) => run(context) as Promise<void>),
} as unknown as typeof vitest;

describe.each(engines)('on %s', async (engine) => {
  const store = await openStore(engine);
  const adapter = (options: object = {}) => createKeyvStore({ store, ...options });

  describe('the suite of Keyv 5', () => {
    const suiteStore = () => adapter({ namespace: 'suite' });
    keyvTestSuite(runner, Keyv5 as never, suiteStore);
    keyvIteratorTests(runner, Keyv5 as never, suiteStore);
  });

  describe.each([
    ['5', Keyv5],
    ['6', Keyv6 as unknown as typeof Keyv5],
  ] as const)('Keyv %s', (major, Keyv) => {
    const about = { namespace: `keyv-${major}` };
    const open = (namespace?: string) =>
      new Keyv({ store: adapter(about), ...(namespace !== undefined && { namespace }) });
    afterAll(() => open().clear());

    test('keeps values for every Keyv of the same name, in each process that has the store', async () => {
      await open('shared').set('a', { n: 1 });
      expect(await open('shared').get('a')).toEqual({ n: 1 });
      expect(await open('shared').has('a')).toBe(true);
      expect(await open('shared').delete('a')).toBe(true);
      expect(await open('shared').get('a')).toBeUndefined();
      expect(await open('shared').delete('a')).toBe(false);
    });

    test('reads, writes and deletes many at once', async () => {
      const keyv = open('many');
      const entries = ['a', 'b', 'c'].map((key) => ({ key, value: key.toUpperCase() }));
      expect(await keyv.setMany(entries)).toEqual([true, true, true]);
      expect(await keyv.getMany(['a', 'x', 'c'])).toEqual(['A', undefined, 'C']);
      expect(await keyv.hasMany(['b', 'x'])).toEqual([true, false]);
      await keyv.deleteMany(['a', 'b']);
      expect(await keyv.hasMany(['a', 'b', 'c'])).toEqual([false, false, true]);
    });

    test('a namespace sees and clears its own entries alone, whatever names look like', async () => {
      const names = ['n', 'n1', 'n:1', undefined];
      for (const name of names) await open(name).set('1:a', String(name));
      await open('n1').clear();
      expect(await open('n1').get('1:a')).toBeUndefined();
      expect(await open('n').get('1:a')).toBe('n');
      expect(await open('n:1').get('1:a')).toBe('n:1');
      expect(await open(undefined).get('1:a')).toBe('undefined');
    });

    test('adapters with namespaces of their own share nothing, whatever Keyv puts before the keys', async () => {
      const at = (mine: string, namespace: string) =>
        new Keyv({ store: adapter({ namespace: `${major}-${mine}` }), namespace });
      const [a, inA, none] = [at('a', 'a'), at('ab', 'a:b'), at('none', '')];
      await inA.set('x', 'of a:b');
      expect(await a.get('b:x')).toBeUndefined();
      await a.clear();
      await none.clear();
      expect(await inA.get('x')).toBe('of a:b');
      await inA.clear();
    });

    test('iterates over the entries of its namespace', async () => {
      await open('mine').setMany([
        { key: 'a', value: 1 },
        { key: 'b:c', value: 2 },
      ]);
      await open('mine2').set('other', 3);
      const keyv = open('mine');
      const found: unknown[] = [];
      for await (const entry of keyv.iterator?.(undefined) ?? []) found.push(entry);
      expect(found.sort()).toEqual([
        ['a', 1],
        ['b:c', 2],
      ]);
    });

    test('an entry ends by itself, and the store drops it', async () => {
      const view = store.namespace(about.namespace);
      const keyv = open('ttl');
      await keyv.set('long', 1, 3_600_000);
      await keyv.set('short', 1, 1);
      await keyv.setMany([{ key: 'many', value: 1, ttl: 3_600_000 }]);
      await expect.poll(() => view.count({ prefix: 'ttl' })).toBe(2);
      expect(await keyv.getMany(['long', 'short', 'many'])).toEqual([1, undefined, 1]);
      for await (const key of view.keys({ prefix: 'ttl' })) {
        expect(await view.ttlMs(key)).toBeLessThanOrEqual(3_600_000);
      }
    });

    test('what is to be kept for no time is not kept, and what was there is gone', async () => {
      const adapter = createKeyvStore({ store, namespace: 'no-time' });
      for (const ttl of [0, -1]) {
        await adapter.set('key', 1);
        await adapter.set('key', 2, ttl);
        expect(await adapter.get('key')).toBeUndefined();
      }
    });

    test('a store that fails is an error event, and a read is a miss', async () => {
      const closed = createSharedStore({ url: 'memory:' });
      await closed.close();
      const keyv = new Keyv({ store: createKeyvStore({ store: closed }) });
      const errors: unknown[] = [];
      keyv.on('error', (error) => errors.push(error.code));
      expect(await keyv.get('a')).toBeUndefined();
      expect(errors.length).toBeGreaterThan(0);
      expect(await keyv.set('a', 1)).toBe(false);
      expect(new Set(errors)).toEqual(new Set(['MUSTER_STORE_CLOSED']));
    });
  });

  test('what has ended before it is written is not kept', async () => {
    const keyv = new Keyv5({ store: adapter() });
    await keyv.set('past', 'old');
    await keyv.set('past', 'new', -1);
    expect(await keyv.get('past')).toBeUndefined();
    expect(await store.namespace('keyv').has('keyv:past')).toBe(false);
  });

  test.runIf(engine === 'redis')('near: what was read comes from the process', async () => {
    const keyv = new Keyv5({ store: adapter({ namespace: 'near', near: true }) });
    await keyv.set('a', 1);
    await vi.waitFor(async () => {
      expect(await keyv.get('a')).toBe(1);
      expect(store.near.hits).toBeGreaterThan(0);
    });
  });

  test('without a serializer, values come back as they were', async () => {
    const keyv = new Keyv5({
      store: adapter(),
      serialize: undefined,
      deserialize: undefined,
    } as never);
    const value = { at: new Date(0), tags: new Set(['a']) };
    await keyv.set('exact', value);
    expect(await keyv.get('exact')).toEqual(value);
  });

  test('cache-manager: two caches on the store are one', async () => {
    const [one, two] = [1, 2].map(() =>
      createCache({ stores: [new Keyv5({ store: adapter(), namespace: 'cm' })] }),
    ) as [Cache, Cache];
    await one.mset([
      { key: 'a', value: 1 },
      { key: 'b', value: 2, ttl: 60_000 },
    ]);
    expect(await two.mget(['a', 'b', 'c'])).toEqual([1, 2, undefined]);
    expect(await two.wrap('a', () => 'not loaded')).toBe(1);
    expect(await two.wrap('d', () => 'loaded')).toBe('loaded');
    expect(await one.get('d')).toBe('loaded');
    await two.del('a');
    expect(await one.get('a')).toBeUndefined();
    await one.clear();
    expect(await two.get('b')).toBeUndefined();
    await one.disconnect();
    expect(await two.set('still open', true)).toBe(true);
  });

  test("Nest's CacheModule takes the adapter as one of its stores", async () => {
    const stores = [adapter({ namespace: 'nest' })];
    class App {}
    Module({ imports: [CacheModule.register({ stores })] })(App);
    const app = await NestFactory.createApplicationContext(App, { logger: false });
    const cache = app.get<Cache>(CACHE_MANAGER);
    await cache.set('a', { n: 1 }, 60_000);
    expect(await store.namespace('nest').count()).toBe(1);
    expect(await cache.get('a')).toEqual({ n: 1 });
    await app.close();
    expect(store.status).toBe('ready');
  });

  test("Apollo's KeyvAdapter: lifetimes in seconds, reads in batches", async () => {
    // Its types of Keyv are those of CommonJS.
    const keyv = new Keyv5({ store: adapter(), namespace: 'apollo' });
    const cache = new KeyvAdapter<string>(keyv as never);
    await cache.set('a', 'A', { ttl: 60 });
    await cache.set('b', 'B');
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual([
      'A',
      'B',
      undefined,
    ]);
    expect(await store.namespace('keyv').ttlMs('apollo:a')).toBeLessThanOrEqual(60_000);
    expect(await cache.delete('a')).toBe(true);
    expect(await cache.get('a')).toBeUndefined();
  });
});

test('Keyv 5 on a store that fails: what the guide says of each call, and of cache-manager', async () => {
  const closed = createSharedStore({ url: 'memory:' });
  await closed.close();
  const keyv = new Keyv5({ store: createKeyvStore({ store: closed }) });
  let errors = 0;
  keyv.on('error', () => errors++);
  expect(await keyv.setMany([{ key: 'a', value: 1 }])).toEqual([false]);
  expect([await keyv.delete('a'), await keyv.deleteMany(['a'])]).toEqual([false, false]);
  await keyv.clear();
  expect(errors).toBe(4);
  for (const rejected of [
    () => keyv.getMany(['a']),
    () => keyv.getRaw('a'),
    () => keyv.getManyRaw(['a']),
    () => keyv.has('a'),
    () => keyv.hasMany(['a']),
    async () => keyv.iterator?.(undefined).next(),
  ]) {
    await expect(rejected()).rejects.toMatchObject({ code: 'MUSTER_STORE_CLOSED' });
  }
  const cache = createCache({ stores: [keyv] });
  expect([await cache.get('a'), await cache.mget(['a'])]).toEqual([undefined, [undefined]]);
  expect(await cache.wrap('a', () => 'loaded')).toBe('loaded');
  expect([await cache.set('a', 1), await cache.del('a'), await cache.clear()]).toEqual([
    1,
    true,
    true,
  ]);
});

test('the adapter is what both majors of Keyv ask for', () => {
  expectTypeOf(createKeyvStore).returns.toExtend<KeyvStoreAdapter>();
  expectTypeOf(createKeyvStore).returns.toExtend<KeyvBridgeStore>();
});
