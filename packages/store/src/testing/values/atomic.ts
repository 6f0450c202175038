// increment and update, alone and against others.
import assert from 'node:assert/strict';
import { type Case, refuses } from '../case.js';

export const atomic: Readonly<Record<string, Case>> = {
  'increment counts from 0, by whole numbers of either sign': async ({ view }) => {
    assert.equal(await view.increment('key'), 1);
    assert.equal(await view.increment('key', 5), 6);
    assert.equal(await view.increment('key', -10), -4);
    assert.equal(await view.increment('key', 0), -4);
    assert.equal(await view.get('key'), -4);
    await view.set('key', 100);
    assert.equal(await view.increment('key'), 101);
  },

  'increment stays within the safe integers, and changes nothing where it would not': async ({
    view,
  }) => {
    const most = Number.MAX_SAFE_INTEGER;
    assert.equal(await view.increment('key', most), most);
    for (const by of [1, most]) await refuses(view.increment('key', by), 'MUSTER_WRONG_TYPE');
    assert.equal(await view.get('key'), most);
    await view.set('key', -most);
    for (const by of [-1, -most]) await refuses(view.increment('key', by), 'MUSTER_WRONG_TYPE');
    assert.equal(await view.increment('key', most), 0);
    for (const by of [0.5, NaN, Infinity, most + 1, '1' as unknown as number]) {
      await refuses(view.increment('key', by), 'MUSTER_INVALID_OPTION');
    }
    assert.equal(await view.get('key'), 0);
  },

  'increment refuses what is not a safe integer, and leaves it': async ({ view }) => {
    for (const value of ['1', 1.5, 2 ** 53, -(2 ** 53), 1e300, null, true, { n: 1 }, 1n, NaN]) {
      await view.set('key', value);
      await assert.rejects(view.increment('key', -1), { code: 'MUSTER_WRONG_TYPE', key: 'key' });
      assert.deepEqual(await view.get('key'), value);
    }
  },

  'minus zero is a zero to count from': async ({ view }) => {
    for (const by of [-1, 0, -0, 2]) {
      await view.set('key', -0, { ttlMs: 60_000 });
      assert.equal(await view.increment('key', by), by + 0);
      assert.equal(await view.get('key'), by + 0);
      assert.notEqual(await view.ttlMs('key'), Infinity);
      await view.set('key', -0);
      assert.equal(await view.increment('key', by, { min: 3 }), undefined);
      assert.equal(await view.increment('key', by, { min: -1 }), by + 0);
    }
  },

  'the ttlMs of increment is for the counter that it creates': async ({ view }) => {
    await view.increment('key', 1, { ttlMs: 60_000 });
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    await view.increment('key', 1, { ttlMs: 1_000_000 });
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    await view.increment('endless');
    await view.increment('endless', 1, { ttlMs: 60_000 });
    assert.equal(await view.ttlMs('endless'), Number.POSITIVE_INFINITY);
    await view.set('zero', 0, { ttlMs: 60_000 });
    await view.increment('zero', 1, { ttlMs: 1_000_000 });
    assert.ok(((await view.ttlMs('zero')) ?? 0) <= 60_000);
  },

  '1,000 increments at once sum up, each with a number of its own': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const views = [store.namespace(name), (await another()).namespace(name)];
    const numbers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => views[n % 2]?.increment('key')),
    );
    assert.equal(new Set(numbers).size, 1_000);
    assert.equal(await views[0]?.get('key'), 1_000);
  },

  'update replaces a value by what is made of it, and returns that': async ({ view }) => {
    assert.equal(
      await view.update('key', (current) => [current, 1]).then((v) => JSON.stringify(v)),
      '[null,1]',
    );
    assert.equal(await view.update('key', () => 'sync'), 'sync');
    assert.equal(await view.update('key', async (current) => `${current}, async`), 'sync, async');
    assert.equal(await view.get('key'), 'sync, async');
    assert.equal(await view.update('key', () => undefined), undefined);
    assert.equal(await view.has('key'), false);
    assert.equal(await view.update('key', () => undefined), undefined);
    assert.equal(await view.has('key'), false);
  },

  'update keeps the expiry, unless it is given another': async ({ view }) => {
    await view.set('key', 1, { ttlMs: 60_000 });
    await view.update('key', () => 2);
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    await view.update('key', (same) => same, { ttlMs: 1_000_000 });
    assert.ok(((await view.ttlMs('key')) ?? 0) > 60_000);
    assert.equal(await view.get('key'), 2);
    await view.update('key', () => 3, { ttlMs: Number.POSITIVE_INFINITY });
    assert.equal(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
    await view.update('new', () => 1, { ttlMs: 60_000 });
    assert.ok(((await view.ttlMs('new')) ?? 0) <= 60_000);
  },

  'what the function of update throws comes out, and nothing changes': async ({ view }) => {
    await view.set('key', 1);
    const failure = new Error('mine');
    const sync = () => {
      throw failure;
    };
    await assert.rejects(view.update('key', sync), failure);
    await assert.rejects(
      view.update('key', () => Promise.reject(failure)),
      failure,
    );
    await refuses(
      view.update('key', () => () => 1),
      'MUSTER_UNSUPPORTED_VALUE',
    );
    assert.equal(await view.get('key'), 1);
    assert.equal(await view.update('key', (n) => Number(n) + 1), 2);
  },

  '200 updates at once lose nothing, whoever writes in between': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const views = [store.namespace<number[]>(name), (await another()).namespace<number[]>(name)];
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        views[n % 2]?.update('key', async (list = []) => {
          if (n % 3 === 0) await new Promise(setImmediate);
          return [...list, n];
        }),
      ),
    );
    const list = (await views[0]?.get('key')) ?? [];
    assert.deepEqual(
      list.sort((a, b) => a - b),
      [...Array(200).keys()],
    );
  },

  'update runs again where somebody wrote in between': async ({ store, another, unique }) => {
    const name = unique();
    const view = store.namespace<number>(name);
    const other = (await another()).namespace<number>(name);
    const seen: (number | undefined)[] = [];
    const result = await view.update('key', async (current) => {
      seen.push(current);
      if (seen.length < 3) await other.set('key', seen.length * 10);
      return (current ?? 0) + 1;
    });
    assert.deepEqual(seen, [undefined, 10, 20]);
    assert.equal(result, 21);
    assert.equal(await other.get('key'), 21);
  },

  'an update that takes too long ends, changes nothing, and holds nobody up': async ({
    another,
    unique,
  }) => {
    const view = (await another({ deadlineMs: 1_000 })).namespace<number>(unique());
    await view.set('key', 1);
    let finish = (_: number): void => {};
    const stuck = view.update(
      'key',
      () =>
        new Promise<number>((resolve) => {
          finish = resolve;
        }),
    );
    const refused = refuses(stuck, 'MUSTER_DEADLINE_EXCEEDED');
    const behind = view.update('other', (n = 0) => n + 1);
    assert.equal(await behind, 1);
    await refused;
    finish(99);
    assert.equal(await view.update('key', (n = 0) => n + 1), 2);
  },
};
