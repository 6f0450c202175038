// What comes with the time that it has left, and entries that each end when they say.
import assert from 'node:assert/strict';
import { type Case, refuses } from '../case.js';

const MINUTE = 60_000;

export const timesLeft: Readonly<Record<string, Case>> = {
  'getWithTtl gives the value and what it has left': async ({ view }) => {
    assert.equal(await view.getWithTtl('none'), undefined);
    await view.set('stays', { n: 1 });
    assert.deepEqual(await view.getWithTtl('stays'), { value: { n: 1 }, ttlMs: Infinity });
    await view.set('ends', null, { ttlMs: MINUTE });
    const found = await view.getWithTtl('ends');
    assert.equal(found?.value, null);
    isLeft(found?.ttlMs, MINUTE);
    await refuses(view.getWithTtl(''), 'MUSTER_INVALID_KEY');
  },

  'increment can say what the counter has left': async ({ view }) => {
    const options = { ttlMs: MINUTE, withTtl: true } as const;
    const first = await view.increment('counter', 2, options);
    assert.equal(first.value, 2);
    isLeft(first.ttlMs, MINUTE);
    const second = await view.increment('counter', 1, { ...options, ttlMs: 10 * MINUTE });
    assert.equal(second.value, 3);
    isLeft(second.ttlMs, MINUTE);
    assert.deepEqual(await view.increment('stays', undefined, { withTtl: true }), {
      value: 1,
      ttlMs: Infinity,
    });
    const most = Number.MAX_SAFE_INTEGER;
    await view.set('large', most - 1);
    assert.equal((await view.increment('large', 1, { withTtl: true })).value, most);
    await refuses(view.increment('large', 1, { withTtl: true }), 'MUSTER_WRONG_TYPE');
    await refuses(
      view.increment('counter', 1, { withTtl: 1 as unknown as true }),
      'MUSTER_INVALID_OPTION',
    );
    assert.equal(await view.get('counter'), 3);
  },

  'a refused increment has nothing left to tell of': async ({ view }) => {
    const options = { max: 1, withTtl: true } as const;
    assert.deepEqual(await view.increment('counter', 1, options), { value: 1, ttlMs: Infinity });
    assert.equal(await view.increment('counter', 1, options), undefined);
    assert.equal(await view.increment('none', 2, options), undefined);
    assert.equal(await view.has('none'), false);
  },

  'each entry of setMany ends when it says, or else with the others': async ({ view }) => {
    await view.set('gone', 'before');
    await view.setMany(
      [
        ['minute', 1, { ttlMs: MINUTE }],
        ['stays', 2, { ttlMs: Infinity }],
        ['gone', 3, { expiresAt: 1 }],
        ['with the others', 4],
      ],
      { ttlMs: 10 * MINUTE },
    );
    isLeft(await view.ttlMs('minute'), MINUTE);
    assert.equal(await view.ttlMs('stays'), Infinity);
    assert.equal(await view.has('gone'), false);
    isLeft(await view.ttlMs('with the others'), 10 * MINUTE);
    await view.setMany([
      ['minute', 1],
      ['stays', 2, { ttlMs: MINUTE }],
    ]);
    assert.equal(await view.ttlMs('minute'), Infinity);
    isLeft(await view.ttlMs('stays'), MINUTE);
  },

  'where one expiry of setMany is none, nothing is written': async ({ view }) => {
    for (const expiry of [{ ttlMs: 0 }, { ttl: 1 }, 5, null] as never[]) {
      const entries: [string, number, never?][] = [
        ['a', 1],
        ['b', 2, expiry],
      ];
      await refuses(view.setMany(entries), 'MUSTER_INVALID_OPTION');
    }
    assert.deepEqual(await view.hasMany(['a', 'b']), [false, false]);
  },

  'an entry of setMany brings its own expiry into a namespace that has one': async ({
    store,
    unique,
  }) => {
    const view = store.namespace(unique(), { ttlMs: MINUTE });
    await view.setMany([
      ['a', 1],
      ['b', 2, { ttlMs: Infinity }],
    ]);
    isLeft(await view.ttlMs('a'), MINUTE);
    assert.equal(await view.ttlMs('b'), Infinity);
  },
};

/** A little less than what was given, on a machine that is busy. */
function isLeft(ms: number | undefined, given: number): void {
  assert.ok(ms !== undefined && ms > given - MINUTE && ms <= given, `${ms} ms of ${given}`);
}
