// increment with min and max, alone and against others.
import assert from 'node:assert/strict';
import { type Case, refuses } from '../case.js';

const MOST = Number.MAX_SAFE_INTEGER;

export const bounds: Readonly<Record<string, Case>> = {
  'min and max are sums that are allowed, and the next ones are refused': async ({ view }) => {
    const within = { min: -2, max: 3 };
    assert.equal(await view.increment('key', 3, within), 3);
    assert.equal(await view.increment('key', 1, within), undefined);
    assert.equal(await view.increment('key', 1, { max: 3 }), undefined);
    assert.equal(await view.get('key'), 3);
    assert.equal(await view.increment('key', -5, within), -2);
    assert.equal(await view.increment('key', -1, within), undefined);
    assert.equal(await view.increment('key', -1, { min: -2 }), undefined);
    assert.equal(await view.increment('key', 6, within), undefined);
    assert.equal(await view.get('key'), -2);
    assert.equal(await view.increment('key', undefined, within), -1);
    assert.equal(await view.increment('key', 0, { min: -1, max: -1 }), -1);
    assert.equal(await view.increment('key', 100, { min: 0 }), 99);
    assert.equal(await view.increment('key', -100, { max: 0 }), -1);
  },

  'a sum out of bounds is refused also on its way back to them': async ({ view }) => {
    await view.set('key', 10);
    assert.equal(await view.increment('key', -1, { max: 5 }), undefined);
    assert.equal(await view.increment('key', 0, { max: 5 }), undefined);
    assert.equal(await view.increment('key', -5, { max: 5 }), 5);
  },

  'a refused increment leaves value and expiry as they are': async ({ view }) => {
    await view.set('key', 1, { ttlMs: 60_000 });
    assert.equal(await view.increment('key', 5, { max: 5, ttlMs: 1_000_000 }), undefined);
    assert.equal(await view.get('key'), 1);
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    assert.equal(await view.increment('none', 6, { max: 5 }), undefined);
    assert.equal(await view.increment('none', 1, { min: 5, ttlMs: 60_000 }), undefined);
    assert.equal(await view.has('none'), false);
  },

  'the ttlMs is for the counter that a bounded increment creates': async ({ view }) => {
    assert.equal(await view.increment('key', 1, { max: 5, ttlMs: 60_000 }), 1);
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    assert.equal(await view.increment('key', 1, { max: 5, ttlMs: 1_000_000 }), 2);
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
  },

  'bounds do not hide that the value is no counter': async ({ view }) => {
    for (const value of ['1', 1.5, 2 ** 53, 1e300, null, true, { n: 1 }]) {
      await view.set('key', value);
      await refuses(view.increment('key', 1, { min: 0, max: 0 }), 'MUSTER_WRONG_TYPE');
      assert.deepEqual(await view.get('key'), value);
    }
    await view.set('key', MOST);
    await refuses(view.increment('key', 1, { max: MOST }), 'MUSTER_WRONG_TYPE');
    assert.equal(await view.increment('key', -1, { max: MOST }), MOST - 1);
    assert.equal(await view.increment('key', 1, { max: MOST - 1 }), undefined);
    assert.equal(await view.increment('key', -1, { min: MOST - 1 }), undefined);
    assert.equal(await view.get('key'), MOST - 1);
  },

  'bounds that are none are refused': async ({ view }) => {
    for (const options of [
      { min: 0.5 },
      { max: NaN },
      { max: Infinity },
      { min: MOST + 1 },
      { min: 2, max: 1 },
      { min: '0' as unknown as number },
      { max: null as unknown as number },
    ]) {
      await refuses(view.increment('key', 1, options), 'MUSTER_INVALID_OPTION');
    }
    assert.equal(await view.has('key'), false);
  },

  'of many that count to a bound at once, as many get there as there is room': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const views = [store.namespace(name), (await another()).namespace(name)];
    const sums = await Promise.all(
      Array.from({ length: 300 }, (_, n) => views[n % 2]?.increment('key', 1, { max: 100 })),
    );
    const counted = sums.filter((sum) => sum !== undefined);
    assert.deepEqual(
      counted.sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    assert.equal(await views[0]?.get('key'), 100);
  },
};
