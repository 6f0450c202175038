// cache.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadContext } from '../store.js';
import { type Case, eventually, refuses } from './case.js';

/** A load that counts its calls, and ends when the test says so. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const state = { calls: 0, open: () => open() };
  const load = async (): Promise<number> => {
    const call = ++state.calls;
    await opened;
    return call;
  };
  return { state, load };
}

export const caches: Readonly<Record<string, Case>> = {
  'a value is loaded once, and comes back as it went': async ({ store, another, unique }) => {
    const name = unique();
    const cache = store.cache(name);
    const value = { at: new Date(0), list: [1n, new Map([['a', 1]])] };
    let loads = 0;
    const load = async ({ key }: LoadContext) => {
      loads++;
      assert.equal(key, 'key');
      return value;
    };
    for (const one of [cache, cache, (await another()).cache(name)]) {
      const got = await one.get('key', load);
      assert.deepEqual(got, value);
      assert.notEqual(got, value);
    }
    assert.equal(loads, 1);
  },

  'keys, names and views do not know each other': async ({ store, view, unique }) => {
    const name = unique();
    const keys = ['a', '{a}', 'a}', '{', '}', '{}', '*', 'é', ':a', 'k'.repeat(1024)];
    for (const of of [name, `${name}2`, `{${name}}`]) {
      for (const key of keys) {
        assert.equal(await store.cache(of).get(key, () => of + key), of + key);
      }
    }
    for (const key of keys) assert.equal(await store.cache(name).get(key, () => ''), name + key);
    assert.equal(await view.get('a'), undefined);
    for await (const key of store.keys()) assert.ok(!key.includes(name), key);
  },

  'of all who ask at once, in all processes, one loads': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [store, await another(), await another()];
    const { state, load } = gate();
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

  'a value that is over is loaded anew': async ({ store, unique }) => {
    const cache = store.cache(unique(), { ttlMs: 50 });
    let loads = 0;
    const load = () => ++loads;
    assert.equal(await cache.get('key', load), 1);
    await eventually(async () => (await cache.get('key', load)) === 2);
    assert.equal(await cache.get('long', load, { ttlMs: 60_000 }), 3);
    await delay(60);
    assert.equal(await cache.get('long', load), 3);
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
    const { state, load } = gate();
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
    assert.equal(await cache.get('old', () => 'old'), 'old');
    await delay(30);
    assert.equal(await cache.get('old', hang), 'old');
    for (const loadTimeoutMs of [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
      const patient = store.cache(unique(), { loadTimeoutMs });
      assert.equal(await patient.get('key', () => delay(20, 'in time')), 'in time');
    }
  },

  'a load in the background that hangs leaves nobody waiting once the stale value is over': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const options = { ttlMs: 20, staleMs: 150 };
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

  'that nothing was found is kept only where it is asked for': async ({ store, unique }) => {
    const name = unique();
    for (const nothing of [undefined, null]) {
      let loads = 0;
      const load = () => {
        loads++;
        return nothing;
      };
      const cache = store.cache(name);
      for (let n = 0; n < 2; n++) assert.equal(await cache.get('key', load), nothing);
      assert.equal(loads, 2);
      const keeping = store.cache(name, { negativeTtlMs: 60_000 });
      for (let n = 0; n < 2; n++) assert.equal(await keeping.get('key', load), nothing);
      assert.equal(loads, 3);
      await keeping.delete('key');
      const short = store.cache(name, { negativeTtlMs: 20 });
      await eventually(async () => {
        await short.get('key', load);
        return loads === 5;
      });
      await short.delete('key');
    }
  },

  'who gives up does not take the load from the others': async ({ store, unique }) => {
    const cache = store.cache(unique());
    const reason = new Error('enough');
    const controller = new AbortController();
    const { state, load } = gate();
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

  'a tag makes everything be loaded anew that has it, and nothing else': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const cache = store.cache(name);
    const other = (await another()).cache(name);
    let loads = 0;
    const load = () => ++loads;
    const [a, b] = [{ tags: ['a', 'a'] }, { tags: ['a', 'b'] }];
    assert.equal(await cache.get('1', load, a), 1);
    assert.equal(await cache.get('2', load, b), 2);
    assert.equal(await cache.get('3', load), 3);
    await other.invalidateTag('b');
    assert.equal(await cache.get('1', load), 1);
    assert.equal(await cache.get('2', load, b), 4);
    await other.invalidateTag('a');
    await other.invalidateTag('never seen');
    // The tags of a value are those that it was loaded with.
    assert.equal(await cache.get('2', load), 5);
    assert.equal(await cache.get('1', load, a), 6);
    assert.equal(await cache.get('3', load), 3);
    await store.cache(unique()).invalidateTag('a');
    assert.equal(await other.get('1', load), 6);
  },

  'a tag that is added later holds, too: the value is loaded anew with it': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const cache = store.cache(name);
    let loads = 0;
    const load = () => ++loads;
    assert.equal(await cache.get('key', load, { tags: ['a'] }), 1);
    assert.equal(await cache.get('key', load, { tags: ['a', 'b'] }), 2);
    assert.equal(await cache.get('key', load, { tags: ['a'] }), 2);
    assert.equal(await cache.get('key', load), 2);
    await (await another()).cache(name).invalidateTag('b');
    assert.equal(await cache.get('key', load, { tags: ['a'] }), 3);
    // Also where the value is being loaded without it.
    const { state, load: slow } = gate();
    const before = cache.get('slow', slow);
    await eventually(() => state.calls === 1);
    await cache.invalidateTag('c');
    const after = cache.get('slow', () => 'after', { tags: ['c'] });
    state.open();
    assert.deepEqual(await Promise.all([before, after]), [1, 'after']);
  },

  'what becomes void while it is loaded is not kept': async ({ store, another, unique }) => {
    const name = unique();
    const cache = store.cache(name);
    const other = (await another()).cache(name);
    for (const [key, void_] of [
      ['deleted', () => other.delete('deleted')],
      ['deleted here', () => cache.delete('deleted here')],
      ['invalid', () => other.invalidateTag('tag')],
      ['cleared', () => other.clear()],
    ] as const) {
      const { state, load } = gate();
      const options = { tags: ['tag'] };
      const before = cache.get(key, load, options);
      await eventually(() => state.calls === 1);
      await void_();
      // Who asks from now on gets none of it.
      const after = cache.get(key, () => 'after', options);
      assert.equal(key === 'invalid' || (await after) === 'after', true);
      state.open();
      assert.equal(await before, 1);
      assert.equal(await after, 'after');
      assert.equal(await other.get(key, () => 'later'), 'after');
    }
  },

  'peek gives what is kept, and loads nothing': async ({ store, unique }) => {
    const cache = store.cache<string>(unique(), { ttlMs: 10, staleMs: 60_000 });
    assert.equal(await cache.peek('key'), undefined);
    let loads = 0;
    await cache.get('key', () => `value ${++loads}`);
    assert.equal(await cache.peek('key'), 'value 1');
    await delay(20);
    assert.equal(await cache.peek('key'), 'value 1');
    assert.equal(loads, 1);
    const brief = store.cache<string>(unique(), { ttlMs: 10, graceMs: 60_000 });
    await brief.set('key', 'value');
    await delay(20);
    assert.equal(await brief.peek('key'), undefined);
    await refuses(cache.peek(''), 'MUSTER_INVALID_KEY');
  },

  'set keeps a value as a load does, with its tags and its time': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const cache = store.cache<unknown>(name);
    const other = (await another()).cache<unknown>(name);
    const load = () => 'loaded';
    await cache.set('key', { n: 1 }, { tags: ['tag'] });
    assert.deepEqual(await other.get('key', load), { n: 1 });
    await other.invalidateTag('tag');
    assert.equal(await cache.get('key', load), 'loaded');
    await cache.set('key', 'again', { ttlMs: 10 });
    await delay(20);
    assert.equal(await cache.get('key', load), 'loaded');
    // Nothing found is not kept here, and takes away what was.
    await cache.set('key', null);
    assert.equal(await cache.peek('key'), undefined);
    const negative = store.cache<null>(unique(), { negativeTtlMs: 60_000 });
    await negative.set('key', null);
    assert.equal(await negative.peek('key'), null);
    await refuses(cache.set('key', undefined), 'MUSTER_UNSUPPORTED_VALUE');
    for (const options of [{ ttl: 1 }, { ttlMs: 0 }, { tags: 'tag' }, 5] as never[]) {
      await refuses(cache.set('key', 1, options), 'MUSTER_INVALID_ARGUMENT');
    }
  },

  'what is set while it is loaded stays, and those who wait get it': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const [cache, other] = [store.cache<string>(name), (await another()).cache<string>(name)];
    let land = (_value: string): void => {};
    const landing = new Promise<string>((resolve) => {
      land = resolve;
    });
    let hasBegun = false;
    const loading = cache.get('key', () => {
      hasBegun = true;
      return landing;
    });
    await eventually(() => hasBegun);
    const waiting = other.get('key', () => 'of the other');
    await other.set('key', 'set');
    assert.equal(await waiting, 'set');
    land('loaded');
    assert.ok(['loaded', 'set'].includes(await loading));
    assert.equal(await cache.peek('key'), 'set');
  },

  'delete and clear drop values': async ({ store, unique }) => {
    const cache = store.cache(unique());
    const others = store.cache(unique());
    await others.get('key', () => 'other');
    let loads = 0;
    for (const key of ['a', 'b']) await cache.get(key, () => ++loads);
    assert.equal(await cache.delete('a'), true);
    assert.equal(await cache.delete('a'), false);
    assert.equal(await cache.get('a', () => ++loads), 3);
    assert.equal(await cache.get('b', () => ++loads), 2);
    await cache.clear();
    assert.equal(await cache.get('b', () => ++loads), 4);
    assert.equal(await others.get('key', () => 'new'), 'other');
  },

  'what cannot be kept is an error where it is its own fault': async ({
    store,
    another,
    unique,
  }) => {
    const cache = store.cache(unique());
    await refuses(
      cache.get('key', () => () => {}),
      'MUSTER_UNSUPPORTED_VALUE',
    );
    const small = (await another({ maxValueBytes: 10 })).cache(unique());
    await refuses(
      small.get('key', () => 'x'.repeat(20)),
      'MUSTER_VALUE_TOO_LARGE',
    );
    assert.equal(await cache.get('key', () => 'fine'), 'fine');
  },

  'what is no name, no key, no tag and no time is refused': async ({ store, unique, another }) => {
    const code = 'MUSTER_INVALID_ARGUMENT';
    assert.throws(() => store.cache(''), { code });
    for (const bad of [
      { ttlMs: 0 },
      { ttlMs: NaN },
      { staleMs: -1 },
      { graceMs: NaN },
      { negativeTtlMs: '1' as unknown as number },
      { loadTimeoutMs: 0 },
    ]) {
      assert.throws(() => store.cache(unique(), bad), { code });
    }
    const cache = store.cache(unique());
    const load = () => 1;
    await refuses(cache.get('', load), 'MUSTER_INVALID_KEY');
    await refuses(cache.delete('k'.repeat(1025)), 'MUSTER_INVALID_KEY');
    await refuses(cache.invalidateTag(''), 'MUSTER_INVALID_KEY');
    await refuses(cache.get('key', load, { tags: [''] }), 'MUSTER_INVALID_KEY');
    await refuses(cache.get('key', load, { tags: Array(33).fill('t') }), code);
    await refuses(cache.get('key', load, { ttlMs: 0 }), code);
    const closed = await another();
    const late = closed.cache(unique());
    await closed.close();
    await refuses(late.get('key', load), 'MUSTER_STORE_CLOSED');
  },
};
