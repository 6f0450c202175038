// Loads of caches: who loads, how often, and what ends a load.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadContext } from '../../store.js';
import { type Case, eventually } from '../case.js';
import { controlledLoad } from '../controlled-load.js';

export const cacheLoads: Readonly<Record<string, Case>> = {
  'of all who ask at once, in all processes, one loads': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [store, await another(), await another()];
    const { state, load } = controlledLoad();
    const asked = Promise.all(
      Array.from({ length: 30 }, (_, n) => stores[n % 3]?.cache(name).get('key', load)),
    );
    await eventually(() => state.calls === 1);
    await delay(20);
    state.open();
    assert.deepEqual(await asked, Array(30).fill(1));
    assert.equal(state.calls, 1);
  },

  'when a load fails, those who asked this process hear of it, and the next one loads': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const cache = store.cache(name);
    const failure = new Error('no database');
    const fail = async () => {
      await delay(5);
      throw failure;
    };
    await Promise.all([
      assert.rejects(cache.get('key', fail), failure),
      assert.rejects(cache.get('key', fail), failure),
    ]);
    const other = (await another()).cache(name);
    const failing = assert.rejects(cache.get('key', fail), failure);
    assert.equal(await other.get('key', () => 'loaded'), 'loaded');
    await failing;
    assert.equal(await cache.get('key', fail), 'loaded');
  },

  'a stale value is given at once, and loaded once in the background': async ({
    store,
    another,
    unique,
  }) => {
    const options = { ttlMs: 30, staleMs: 60_000 };
    const name = unique();
    const caches = [store.cache(name, options), (await another()).cache(name, options)];
    await caches[0]?.get('key', () => 'old');
    await delay(40);
    const { state, load } = controlledLoad();
    const stale = Array.from({ length: 10 }, (_, n) => caches[n % 2]?.get('key', load));
    assert.deepEqual(await Promise.all(stale), Array(10).fill('old'));
    await eventually(() => state.calls === 1);
    state.open();
    await eventually(async () => (await caches[1]?.get('key', () => 'newer')) !== 'old');
    assert.equal(state.calls, 1);
  },

  'a background load that fails leaves the stale value, and is tried again': async ({
    store,
    unique,
  }) => {
    const cache = store.cache(unique(), { ttlMs: 10, staleMs: 60_000 });
    await cache.get('key', () => 'old');
    await delay(20);
    let loads = 0;
    const fail = async () => {
      loads++;
      throw new Error('no database');
    };
    await eventually(async () => {
      assert.equal(await cache.get('key', fail), 'old');
      return loads >= 2;
    });
  },

  'a value is given beyond its time where a load fails': async ({ store, unique }) => {
    const cache = store.cache(unique(), { ttlMs: 20, graceMs: 60_000 });
    await cache.get('key', () => 'old');
    await delay(30);
    const fail = () => Promise.reject(new Error('no database'));
    assert.equal(await cache.get('key', fail), 'old');
    assert.equal(await cache.get('key', () => 'new'), 'new');
    const short = store.cache(unique(), { ttlMs: 10, graceMs: 10 });
    await short.get('key', () => 'old');
    await delay(30);
    await assert.rejects(short.get('key', fail), { message: 'no database' });
  },

  'a load that takes too long is given up, and its key is free': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const cache = store.cache(name, { ttlMs: 20, graceMs: 60_000, loadTimeoutMs: 50 });
    const signals: AbortSignal[] = [];
    const hang = ({ signal }: LoadContext) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    };
    const late = { code: 'MUSTER_LOAD_TIMEOUT' };
    const asked = [cache.get('key', hang), cache.get('key', hang)];
    await Promise.all(asked.map((call) => assert.rejects(call, late)));
    assert.equal(signals.length, 1);
    assert.equal(signals[0]?.reason?.code, late.code);
    assert.equal(await (await another()).cache(name).get('key', () => 'other'), 'other');
    // In less than 50 ms, which a busy machine may not have.
    await eventually(async () => (await cache.get('old', () => 'old')) === 'old');
    await delay(30);
    assert.equal(await cache.get('old', hang), 'old');
    for (const loadTimeoutMs of [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
      const patient = store.cache(unique(), { loadTimeoutMs });
      assert.equal(await patient.get('key', () => delay(20, 'in time')), 'in time');
    }
  },

  'a load that never ends is not waited for once its store is closed': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const closed = await another();
    const cache = closed.cache(name, { ttlMs: 10, graceMs: 60_000 });
    await cache.get('old', () => 'old');
    await delay(20);
    const signals: AbortSignal[] = [];
    const hang = ({ signal }: LoadContext) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    };
    const refused = { code: 'MUSTER_STORE_CLOSED' };
    const asked = ['key', 'key', 'old'].map((key) => assert.rejects(cache.get(key, hang), refused));
    await eventually(() => signals.length === 2);
    await Promise.all([closed.close(), ...asked]);
    assert.deepEqual(
      signals.map(({ reason }) => reason?.code),
      [refused.code, refused.code],
    );
    assert.equal(await store.cache(name).get('key', () => 'other'), 'other');
  },

  'a load in the background that hangs leaves nobody waiting once the stale value is over': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const options = { ttlMs: 20, staleMs: 1_500 };
    const caches = [store.cache(name, options), (await another()).cache(name, options)];
    await caches[0]?.get('key', () => 'old');
    await delay(30);
    let told: AbortSignal | undefined;
    const hang = ({ signal }: LoadContext) => {
      told = signal;
      return new Promise<never>(() => {});
    };
    assert.equal(await caches[0]?.get('key', hang), 'old');
    await eventually(() => told !== undefined);
    await eventually(async () => (await caches[1]?.get('key', () => 'new')) === 'new');
    assert.equal(told?.aborted, true);
    assert.equal(await caches[0]?.get('key', () => 'newer'), 'new');
  },

  'the signal of a load says nothing once the load has settled': async ({ store, unique }) => {
    const cache = store.cache(unique(), { loadTimeoutMs: 60_000 });
    const signals: AbortSignal[] = [];
    const controller = new AbortController();
    const load = async ({ key, signal }: LoadContext) => {
      signals.push(signal);
      if (key === 'fails') throw new Error('no database');
      return key === 'nothing' ? undefined : key;
    };
    const { signal } = controller;
    await cache.get('key', load, { signal });
    await cache.get('nothing', load, { signal });
    await assert.rejects(cache.get('fails', load, { signal }));
    controller.abort();
    // By then, the lease of each has been given back.
    for (const key of ['key', 'nothing', 'fails']) await cache.get(key, () => 'other');
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false, false],
    );
  },

  'who gives up does not take the load from the others': async ({ store, unique }) => {
    const cache = store.cache(unique());
    const reason = new Error('enough');
    const controller = new AbortController();
    const { state, load } = controlledLoad();
    const first = assert.rejects(cache.get('key', load, { signal: controller.signal }), reason);
    await eventually(() => state.calls === 1);
    const second = cache.get('key', load);
    controller.abort(reason);
    await first;
    state.open();
    assert.equal(await second, 1);
    assert.equal(await cache.get('key', load), 1);
    const aborted = { signal: AbortSignal.abort(reason) };
    await assert.rejects(cache.get('key', load, aborted), reason);
  },

  'a load that nobody waits for is told, and free for others at once': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const controllers = [new AbortController(), new AbortController()];
    const told: AbortSignal[] = [];
    const load = async ({ signal }: LoadContext) => {
      told.push(signal);
      await once(signal, 'abort');
      return 'too late';
    };
    const asked = controllers.map(({ signal }) =>
      assert.rejects(store.cache(name).get('key', load, { signal }), { name: 'AbortError' }),
    );
    await eventually(() => told.length === 1);
    controllers[0]?.abort();
    assert.equal(told[0]?.aborted, false);
    controllers[1]?.abort();
    await Promise.all(asked);
    assert.equal(await (await another()).cache(name).get('key', () => 'other'), 'other');
    assert.equal(told[0]?.aborted, true);
    assert.equal(await store.cache(name).get('key', load), 'other');
  },
};
