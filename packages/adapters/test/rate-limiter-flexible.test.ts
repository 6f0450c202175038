import { join } from 'node:path';
import * as current from '@muster/adapters/rate-limiter-flexible';
import * as library from 'rate-limiter-flexible';
import * as library7 from 'rate-limiter-flexible-7';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { installedWith } from './support/installed.js';
import { engines, openStore } from './support/stores.js';

const HOUR = 3_600;

let names = 0;
const newName = () => `limits-${names++}`;

const installed7 = await installedWith({ 'rate-limiter-flexible': 'rate-limiter-flexible-7' });
const old: typeof current = await import(join(installed7, 'lib/rate-limiter-flexible.js'));

const versions = [
  ...engines.map((engine) => ({ engine, version: 11, adapter: current, library })),
  {
    engine: 'memory' as const,
    version: 7,
    adapter: old,
    library: library7 as unknown as typeof library,
  },
];

describe.each(versions)('version $version on the $engine engine', async (tested) => {
  const { createRateLimiter } = tested.adapter;
  const { RateLimiterQueue, RateLimiterRes, RateLimiterUnion } = tested.library;
  const store = await openStore(tested.engine);

  function open(options: Partial<current.RateLimiterOptions> = {}) {
    return createRateLimiter({
      store,
      namespace: newName(),
      points: 2,
      duration: HOUR,
      ...options,
    });
  }

  it('consumes points, and rejects with the result when there are none', async () => {
    const limiter = open();
    const first = await limiter.consume('a');
    expect(first).toBeInstanceOf(RateLimiterRes);
    expect(first).toMatchObject({ consumedPoints: 1, remainingPoints: 1, isFirstInDuration: true });
    expect(first.msBeforeNext).toBeGreaterThan(HOUR * 500);
    expect(first.msBeforeNext).toBeLessThanOrEqual(HOUR * 1_000);
    const second = await limiter.consume('a');
    expect(second).toMatchObject({ remainingPoints: 0, isFirstInDuration: false });
    expect(second.msBeforeNext).toBeLessThanOrEqual(first.msBeforeNext);
    const refused = await limiter.consume('a').catch((reason) => reason);
    expect(refused).toBeInstanceOf(RateLimiterRes);
    expect(refused).toMatchObject({ consumedPoints: 3, remainingPoints: 0 });
    expect(await limiter.consume('b', 2)).toMatchObject({ remainingPoints: 0 });
  });

  it('gives the points back when the duration is over', async () => {
    const limiter = open({ points: 1, duration: 0.02 });
    await limiter.consume('a');
    await vi.waitFor(async () => expect(await limiter.get('a')).toBeNull());
    await limiter.consume('a');
  });

  it('has durations without an end, and those of one call', async () => {
    const limiter = open({ points: 5, duration: 0 });
    expect(await limiter.consume('a')).toMatchObject({ msBeforeNext: -1 });
    expect(await limiter.get('a')).toMatchObject({ consumedPoints: 1, msBeforeNext: -1 });
    const once = await limiter.consume('b', 1, { customDuration: 2 * HOUR });
    expect(once.msBeforeNext).toBeGreaterThan(HOUR * 1_000);
    expect(once.msBeforeNext).toBeLessThanOrEqual(2 * HOUR * 1_000);
  });

  it('rewards and punishes', async () => {
    const limiter = open();
    await limiter.consume('a', 2);
    expect(await limiter.reward('a')).toMatchObject({ consumedPoints: 1, remainingPoints: 1 });
    expect(await limiter.penalty('a', 3)).toMatchObject({ consumedPoints: 4, remainingPoints: 0 });
    expect(await limiter.penalty('new')).toMatchObject({ consumedPoints: 1 });
  });

  it('sets, reads, blocks and deletes', async () => {
    const limiter = open();
    expect(await limiter.get('a')).toBeNull();
    expect(await limiter.set('a', 1, 10)).toMatchObject({
      consumedPoints: 1,
      msBeforeNext: 10_000,
    });
    expect(await limiter.get('a')).toMatchObject({ consumedPoints: 1, remainingPoints: 1 });
    expect(await limiter.block('a', 20)).toMatchObject({ consumedPoints: 3, msBeforeNext: 20_000 });
    const refused = await limiter.consume('a').catch((reason) => reason);
    expect(refused).toMatchObject({ remainingPoints: 0 });
    expect(refused.msBeforeNext).toBeGreaterThan(10_000);
    expect(await limiter.block('b', 0)).toMatchObject({ msBeforeNext: -1 });
    expect(await limiter.delete('a')).toBe(true);
    expect(await limiter.delete('a')).toBe(false);
    expect(await limiter.consume('a')).toMatchObject({ isFirstInDuration: true });
  });

  it('blocks for the block duration, in the store and in the process', async () => {
    const limiter = open({ blockDuration: 10 * HOUR });
    await limiter.consume('a', 2);
    await expect(limiter.consume('a')).rejects.toMatchObject({ msBeforeNext: 36_000_000 });
    expect((await limiter.get('a'))?.msBeforeNext).toBeGreaterThan(HOUR * 1_000);

    const inMemory = open({ inMemoryBlockOnConsumed: 2, inMemoryBlockDuration: 10 * HOUR });
    await inMemory.consume('a', 2);
    await expect(inMemory.consume('a')).rejects.toMatchObject({ msBeforeNext: 36_000_000 });
    await expect(inMemory.consume('a')).rejects.toMatchObject({ consumedPoints: 0 });
    expect(await inMemory.get('a')).toMatchObject({ consumedPoints: 3 });
  });

  it('gives out as many of many points at once as there are', async () => {
    const limiter = open({ points: 30 });
    const calls = await Promise.allSettled(Array.from({ length: 100 }, () => limiter.consume('a')));
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(30);
    expect(await limiter.get('a')).toMatchObject({ consumedPoints: 100 });
  });

  it('shares points by namespace and prefix', async () => {
    const namespace = newName();
    const [one, same] = [open({ namespace }), open({ namespace })];
    const other = open({ namespace, keyPrefix: 'other' });
    await one.consume('a');
    expect(await same.consume('a')).toMatchObject({ consumedPoints: 2 });
    expect(await other.consume('a')).toMatchObject({ consumedPoints: 1 });
    for (const key of ['', '\ud800', 'x'.repeat(5_000)]) {
      expect(await open({ keyPrefix: '' }).consume(key)).toMatchObject({ consumedPoints: 1 });
    }
  });

  it('cuts off fractions of points, and stores nothing that is no number', async () => {
    const limiter = open({ points: 10 });
    for (const [key, points, consumed] of [
      ['fraction', 2.5, 3],
      ['text', '2', 3],
    ] as const) {
      await limiter.set(key, points as number, 60);
      expect(await limiter.consume(key)).toMatchObject({ consumedPoints: consumed });
    }
    expect(await limiter.consume('new', 0.5)).toMatchObject({
      consumedPoints: 0,
      isFirstInDuration: true,
    });
    expect(await limiter.penalty('fraction', '2' as never)).toMatchObject({ consumedPoints: 5 });
    expect(await limiter.penalty('fraction', 0.5)).toMatchObject({ consumedPoints: 5 });
    expect(await limiter.reward('fraction', 0.5)).toMatchObject({ consumedPoints: 5 });
    for (const points of [Number.NaN, 'many', 2 ** 53] as number[]) {
      await expect(limiter.set('none', points, 60)).rejects.toMatchObject({
        code: 'MUSTER_INVALID_OPTION',
      });
    }
    expect(await limiter.get('none')).toBeNull();
  });

  it('spreads points evenly, and is part of a union and of a queue', async () => {
    const even = open({ points: 100, execEvenly: true, execEvenlyMinDelayMs: 1, duration: 0.1 });
    await even.consume('a');
    await even.consume('a');
    const union = new RateLimiterUnion(open({ keyPrefix: 'u1' }), open({ keyPrefix: 'u2' }));
    expect(await union.consume('a')).toMatchObject({ u1: { consumedPoints: 1 } });
    const queue = new RateLimiterQueue(open());
    expect(await queue.removeTokens(1)).toBe(1);
  });
});

describe('the limiter of rate-limiter-flexible', () => {
  const { createRateLimiter } = current;
  const { RateLimiterMemory, RateLimiterRes } = library;

  it('gives calls to the insurance while the store is away, or rejects with its error', async () => {
    const store = await openStore('memory');
    await store.close();
    const options = { store, points: 2, duration: HOUR };
    await expect(createRateLimiter(options).consume('a')).rejects.toMatchObject({
      code: 'MUSTER_STORE_CLOSED',
    });
    const insuranceLimiter = new RateLimiterMemory({ points: 1, duration: HOUR });
    const insured = createRateLimiter({ ...options, insuranceLimiter });
    expect(await insured.consume('a')).toMatchObject({ consumedPoints: 1 });
    await expect(insured.consume('a')).rejects.toBeInstanceOf(RateLimiterRes);
  });

  it('is what the library takes, and takes no other options', async () => {
    expectTypeOf<
      ReturnType<typeof createRateLimiter>
    >().toExtend<library.RateLimiterStoreAbstract>();
    const store = await openStore('memory');
    const create = createRateLimiter as (options: object) => unknown;
    expect(() => create({ storeClient: store, points: 1, duration: 1 })).toThrow(/give store:/);
    expect(() => create({ store, points: 1, duration: 1, keyPrefx: '' })).toThrow(/keyPrefix\?/);
    expect(() => create({ store, duration: 1 })).toThrow(/points must be set/);
  });
});
