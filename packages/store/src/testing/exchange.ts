// compareAndSet and getAndDelete, alone and against others.
import assert from 'node:assert/strict';
import { type Case, refuses } from './case.js';

export const exchange: Readonly<Record<string, Case>> = {
  'compareAndSet replaces what is expected, and nothing else': async ({ view }) => {
    await view.set('key', 1);
    assert.equal(await view.compareAndSet('key', 2, 3), false);
    assert.equal(await view.compareAndSet('key', '1', 3), false);
    assert.equal(await view.compareAndSet('key', undefined, 3), false);
    assert.equal(await view.get('key'), 1);
    assert.equal(await view.compareAndSet('key', 1, 3), true);
    assert.equal(await view.get('key'), 3);
  },

  'compareAndSet with undefined creates and deletes': async ({ view }) => {
    assert.equal(await view.compareAndSet('key', 1, 2), false);
    assert.equal(await view.compareAndSet('key', 1, undefined), false);
    assert.equal(await view.has('key'), false);
    assert.equal(await view.compareAndSet('key', undefined, undefined), true);
    assert.equal(await view.has('key'), false);
    assert.equal(await view.compareAndSet('key', undefined, 'new'), true);
    assert.equal(await view.compareAndSet('key', 'old', undefined), false);
    assert.equal(await view.get('key'), 'new');
    assert.equal(await view.compareAndSet('key', 'new', undefined), true);
    assert.equal(await view.has('key'), false);
  },

  'compareAndSet compares values as they are encoded': async ({ view }) => {
    const values = ['', 0, -0, NaN, null, false, [], { a: 1, b: [2] }, new Date(0), 1n, '~', '{}'];
    for (const value of values) {
      await view.set('key', value);
      for (const other of values) {
        if (other === value || Object.is(other, value)) continue;
        assert.equal(await view.compareAndSet('key', other, 'other'), false);
      }
      assert.equal(await view.compareAndSet('key', await view.get('key'), 'next'), true);
      assert.equal(await view.get('key'), 'next');
    }
    await view.set('key', { a: 1, b: 2 });
    assert.equal(await view.compareAndSet('key', { b: 2, a: 1 }, 'next'), false);
    await view.set('key', 41);
    await view.increment('key');
    assert.equal(await view.compareAndSet('key', 42, 'next'), true);
  },

  'compareAndSet keeps the expiry, unless it is given another': async ({ store, unique }) => {
    const view = store.namespace(unique(), { ttlMs: 60_000 });
    assert.equal(await view.compareAndSet('key', undefined, 1), true);
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    assert.equal(await view.compareAndSet('key', 1, 2, { ttlMs: 1_000_000 }), true);
    assert.ok(((await view.ttlMs('key')) ?? 0) > 60_000);
    assert.equal(await view.compareAndSet('key', 2, 3), true);
    assert.ok(((await view.ttlMs('key')) ?? 0) > 60_000);
    assert.equal(await view.compareAndSet('key', 1, 4, { ttlMs: 1_000 }), false);
    assert.ok(((await view.ttlMs('key')) ?? 0) > 60_000);
    assert.equal(await view.compareAndSet('key', 3, 4, { ttlMs: Infinity }), true);
    assert.equal(await view.ttlMs('key'), Infinity);
    assert.equal(await view.compareAndSet('key', 4, 5, { expiresAt: 1 }), true);
    assert.equal(await view.has('key'), false);
  },

  'compareAndSet refuses what cannot be stored, and changes nothing': async ({
    another,
    unique,
  }) => {
    const view = (await another({ maxValueBytes: 100 })).namespace(unique());
    await view.set('key', 1);
    await refuses(
      view.compareAndSet('key', 1, () => 1),
      'MUSTER_UNSUPPORTED_VALUE',
    );
    await refuses(view.compareAndSet('key', Symbol('s'), 2), 'MUSTER_UNSUPPORTED_VALUE');
    await refuses(view.compareAndSet('key', 1, 'x'.repeat(99)), 'MUSTER_VALUE_TOO_LARGE');
    await refuses(view.compareAndSet('key', 1, 2, { ttlMs: 0 }), 'MUSTER_INVALID_OPTION');
    assert.equal(await view.get('key'), 1);
  },

  'compareAndSet takes values of any size, several at once': async ({ view }) => {
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(600_000));
    const swaps = large.map((text, n) => view.compareAndSet(`k${n}`, undefined, text));
    assert.deepEqual(await Promise.all(swaps), [true, true, true]);
    const backs = large.map((text, n) => view.compareAndSet(`k${n}`, text, n));
    assert.deepEqual(await Promise.all(backs), [true, true, true]);
    assert.deepEqual(await view.getMany(['k0', 'k1', 'k2']), [0, 1, 2]);
  },

  'of many that compare and set at once, one wins': async ({ store, another, unique }) => {
    const name = unique();
    const views = [store.namespace(name), (await another()).namespace(name)];
    for (let round = 0; round < 20; round++) {
      const before = round === 0 ? undefined : await views[0]?.get('key');
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          views[n % 2]?.compareAndSet('key', before, `${round}/${n}`),
        ),
      );
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal(await views[0]?.get('key'), `${round}/${won.indexOf(true)}`);
    }
  },

  'getAndDelete takes the value out': async ({ view }) => {
    for (const value of [{ user: 'ada', since: new Date(0) }, null, '', 0, false]) {
      await view.set('key', value, { ttlMs: 60_000 });
      assert.deepEqual(await view.getAndDelete('key'), value);
      assert.equal(await view.has('key'), false);
      assert.equal(await view.getAndDelete('key'), undefined);
    }
    await view.set('key', 'new');
    assert.equal(await view.ttlMs('key'), Infinity);
  },

  'of many that take a value out at once, one gets it': async ({ store, another, unique }) => {
    const name = unique();
    const views = [store.namespace(name), (await another()).namespace(name)];
    await views[0]?.setMany(Array.from({ length: 20 }, (_, n) => [`k${n}`, n]));
    const taken = await Promise.all(
      Array.from({ length: 200 }, (_, n) => views[n % 2]?.getAndDelete(`k${n % 20}`)),
    );
    const got = taken.filter((value) => value !== undefined) as number[];
    assert.deepEqual(
      got.sort((a, b) => a - b),
      [...Array(20).keys()],
    );
  },

  'both keep their place among the calls of a turn': async ({ view }) => {
    assert.deepEqual(
      await Promise.all([
        view.set('key', 1),
        view.compareAndSet('key', 1, 2),
        view.get('key'),
        view.getAndDelete('key'),
        view.compareAndSet('key', 2, 3),
        view.compareAndSet('key', undefined, 4),
        view.getAndDelete('key'),
        view.has('key'),
      ]),
      [true, true, 2, 2, false, true, 4, false],
    );
  },
};
