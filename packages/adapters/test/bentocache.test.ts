// BentoCache's second level on a shared store, held to BentoCache's published suite of drivers, and its bus.
import { createBusDriver, createL2Driver } from '@muster/adapters/bentocache';
import { createBus } from '@muster/bus';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { registerCacheDriverTestSuite } from 'bentocache/test_suite';
import type { CreateBusDriverResult, CreateDriverResult, L2CacheDriver } from 'bentocache/types';
import {
  afterEach,
  assert,
  beforeAll,
  describe,
  expect,
  expectTypeOf,
  onTestFinished,
  test,
} from 'vitest';
import { engines, openStore } from './support/stores.js';

/** What the suite uses of its runner, Japa. Again where a value with a lifetime of 1.5 s was gone: the machine was busy. */
const runner = {
  test: (name: string, run: (context: object) => Promise<void>) =>
    test(name, { retry: 3 }, () => run({ assert, cleanup: onTestFinished })),
  group: {
    setup: beforeAll,
    tap: () => {},
    each: { teardown: afterEach },
  },
};

describe.each(engines)('on %s', async (engine) => {
  const store = await openStore(engine);

  describe('the suite of BentoCache', () => {
    registerCacheDriverTestSuite({
      ...(runner as unknown as Pick<
        Parameters<typeof registerCacheDriverTestSuite>[0],
        'test' | 'group'
      >),
      // A BentoCache gives its driver a prefix. Without one, `clear()` would clear all prefixes, and is to.
      createDriver: (config = {}) =>
        createL2Driver({ store, namespace: 'suite' }).factory({ prefix: 'japa', ...config }),
    });
  });

  test('what drivers had in BentoCache 1.0: whether a key exists', async () => {
    const driver = createL2Driver({ store, namespace: 'has' }).factory({ prefix: 'p' });
    await driver.set('a', 'A', 60_000);
    expect([await driver.has('a'), await driver.has('b')]).toEqual([true, false]);
    expect(await driver.namespace('n').has('a')).toBe(false);
  });

  test('two caches of one process on the store: one bus tells the other', async () => {
    const bus = createBus();
    onTestFinished(() => bus.close());
    const [one, two] = [cache(), cache()];
    onTestFinished(async () => {
      await Promise.all([one.disconnectAll(), two.disconnectAll()]);
    });
    expect(await one.getOrSet({ key: 'a', ttl: '1h', factory: () => 'first' })).toBe('first');
    expect(await two.getOrSet({ key: 'a', ttl: '1h', factory: () => 'again' })).toBe('first');
    await one.set({ key: 'a', ttl: '1h', value: 'second' });
    await expect.poll(() => two.get({ key: 'a' })).toBe('second');
    await two.namespace('n').set({ key: 'a', value: 'in n' });
    await two.delete({ key: 'a' });
    await expect.poll(() => one.get({ key: 'a' })).toBeUndefined();
    expect(await one.namespace('n').get({ key: 'a' })).toBe('in n');
    await one.clear();
    await expect.poll(() => two.get({ key: 'a' })).toBeUndefined();

    function cache() {
      const layers = bentostore()
        .useL1Layer(memoryDriver())
        .useL2Layer(createL2Driver({ store }))
        .useBus(createBusDriver({ bus }));
      return new BentoCache({ default: 'shared', prefix: 'app', stores: { shared: layers } });
    }
  });
});

test('the drivers are what BentoCache asks for', () => {
  expectTypeOf(createL2Driver).returns.toExtend<CreateDriverResult<L2CacheDriver>>();
  expectTypeOf(createBusDriver).returns.toExtend<CreateBusDriverResult>();
});
