// Caches: what is kept, for how long, and what makes it void.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadContext } from '../../store.js';
import { type Case, eventually, refuses } from '../case.js';
import { controlledLoad } from '../controlled-load.js';

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
    const { state, load: slow } = controlledLoad();
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
      const { state, load } = controlledLoad();
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
      await refuses(cache.set('key', 1, options), 'MUSTER_INVALID_OPTION');
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
    const code = 'MUSTER_INVALID_OPTION';
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
