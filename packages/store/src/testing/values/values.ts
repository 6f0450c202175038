// get, set, has, delete and their plural forms.
import assert from 'node:assert/strict';
import { type Case, refuses } from '../case.js';

/** For what is long under way on a busy machine. */
const PATIENT_MS = 60_000;

const RICH = {
  text: 'ünïcödé \u{1F600}',
  number: -1.5,
  nothing: null,
  date: new Date(0),
  map: new Map([['a', new Set([1n])]]),
  missing: undefined,
  bytes: Buffer.from([0, 255]),
};

export const values: Readonly<Record<string, Case>> = {
  'a value comes back as it went': async ({ view, another }) => {
    for (const value of [RICH, 'text', '', 0, -0, NaN, false, null, [], {}, [[], {}], '~', '~{}']) {
      assert.equal(await view.set('key', value), true);
      assert.deepEqual(await view.get('key'), value);
    }
    const value = { deep: { list: [1, 2, 3] } };
    const store = await another();
    await store.namespace('shared-value').set('key', value);
    assert.deepEqual(await store.namespace('shared-value').get('key'), value);
    assert.notEqual(await store.namespace('shared-value').get('key'), value);
  },

  'a text comes back whole, however long, in any script': async ({ view }) => {
    for (const letter of ['a', 'ü', '€', '\u{1F600}']) {
      for (const kilobytes of [1, 21, 22, 32, 63, 64, 65, 200]) {
        const text = letter.repeat(Math.ceil((kilobytes * 1024) / letter.length));
        await view.set('key', text);
        assert.ok((await view.get('key')) === text, `${text.length} of ${letter}`);
      }
    }
  },

  'what is not there is undefined': async ({ view }) => {
    assert.equal(await view.get('none'), undefined);
    assert.equal(await view.has('none'), false);
    assert.equal(await view.delete('none'), false);
    assert.equal(await view.touch('none', { ttlMs: 1000 }), false);
    assert.equal(await view.ttlMs('none'), undefined);
  },

  'a value is a copy from the moment of the call': async ({ view }) => {
    const value = { n: 1 };
    const setting = view.set('key', value);
    value.n = 2;
    await setting;
    assert.deepEqual(await view.get('key'), { n: 1 });
  },

  'set replaces, and forgets the expiry of what was there': async ({ view }) => {
    await view.set('key', 'short', { ttlMs: 60_000 });
    assert.equal(await view.set('key', 'long'), true);
    assert.equal(await view.get('key'), 'long');
    assert.equal(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
  },

  'ifAbsent writes only where there is nothing': async ({ view }) => {
    assert.equal(await view.set('key', 1, { ifAbsent: true }), true);
    assert.equal(await view.set('key', 2, { ifAbsent: true, ttlMs: 1000 }), false);
    assert.equal(await view.get('key'), 1);
    assert.equal(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
    await view.delete('key');
    assert.equal(await view.set('key', 3, { ifAbsent: true, ttlMs: 60_000 }), true);
    assert.notEqual(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
  },

  'ifPresent writes only where there is something': async ({ view }) => {
    assert.equal(await view.set('key', 1, { ifPresent: true }), false);
    assert.equal(await view.has('key'), false);
    await view.set('key', 1);
    assert.equal(await view.set('key', 2, { ifPresent: true }), true);
    assert.equal(await view.get('key'), 2);
  },

  'of many that set ifAbsent at once, one does': async ({ view, store, unique, another }) => {
    const name = unique();
    const other = await another();
    const views = [store.namespace(name), other.namespace(name)];
    const won = await Promise.all(
      Array.from({ length: 50 }, (_, n) => views[n % 2]?.set('key', n, { ifAbsent: true })),
    );
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal(await views[0]?.get('key'), won.indexOf(true));
    assert.equal(await view.has('key'), false);
  },

  'getMany keeps the order, and repeats what is asked for twice': async ({ view }) => {
    await view.set('a', 1);
    await view.set('b', 2);
    assert.deepEqual(await view.getMany(['b', 'none', 'a', 'b']), [2, undefined, 1, 2]);
    assert.deepEqual(await view.getMany(new Set(['a'])), [1]);
    assert.deepEqual(await view.getMany([]), []);
  },

  'hasMany says of each key whether it is there': async ({ view }) => {
    await view.set('a', 1);
    await view.set('b', null);
    assert.deepEqual(await view.hasMany(['b', 'none', 'a', 'b']), [true, false, true, true]);
    assert.deepEqual(await view.hasMany(new Set(['none'])), [false]);
    assert.deepEqual(await view.hasMany([]), []);
    await refuses(view.hasMany('ab'), 'MUSTER_INVALID_OPTION');
    await refuses(view.hasMany(['a', '']), 'MUSTER_INVALID_KEY');
  },

  'setMany writes all, the last of two under one key': async ({ view }) => {
    await view.setMany(
      new Map<string, unknown>([
        ['a', 1],
        ['b', { two: 2 }],
      ]),
    );
    await view.setMany([
      ['a', 'first'],
      ['a', 'last'],
    ]);
    await view.setMany([]);
    assert.deepEqual(await view.getMany(['a', 'b']), ['last', { two: 2 }]);
    await view.setMany(
      [
        ['c', 1],
        ['d', 2],
      ],
      { ttlMs: 60_000 },
    );
    for (const key of ['c', 'd']) assert.ok(((await view.ttlMs(key)) ?? 0) <= 60_000);
  },

  'setMany writes nothing where one of them cannot be stored': async ({ view }) => {
    const bad: [string, unknown][] = [
      ['a', 1],
      ['b', () => 1],
    ];
    await refuses(view.setMany(bad), 'MUSTER_UNSUPPORTED_VALUE');
    await refuses(
      view.setMany([
        ['a', 1],
        ['', 2],
      ]),
      'MUSTER_INVALID_KEY',
    );
    assert.equal(await view.has('a'), false);
  },

  'delete says whether there was something': async ({ view }) => {
    await view.set('key', 1);
    assert.equal(await view.delete('key'), true);
    assert.equal(await view.delete('key'), false);
    assert.equal(await view.get('key'), undefined);
  },

  'deleteMany counts what was there, each key once': async ({ view }) => {
    await view.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    assert.equal(await view.deleteMany(['a', 'b', 'none', 'a']), 2);
    assert.equal(await view.deleteMany([]), 0);
    assert.deepEqual(await view.getMany(['a', 'b', 'c']), [undefined, undefined, 3]);
  },

  'calls take effect in the order in which they were made': async ({ view }) => {
    const results = await Promise.all([
      view.set('key', 1),
      view.get('key'),
      view.increment('key', 2),
      view.has('key'),
      view.setMany([['key', 10]]),
      view.getMany(['key']),
      view.delete('key'),
      view.get('key'),
    ]);
    assert.deepEqual(results, [true, 1, 3, true, undefined, [10], true, undefined]);
  },

  'a value that cannot be stored is refused, and nothing changes': async ({ view }) => {
    await view.set('key', 'before');
    for (const value of [undefined, () => 1, Symbol('s'), { f() {} }]) {
      await refuses(view.set('key', value), 'MUSTER_UNSUPPORTED_VALUE');
    }
    await assert.rejects(view.set('key', { user: { f() {} } }), { path: '$.user.f', key: 'key' });
    assert.equal(await view.get('key'), 'before');
  },

  'a value is bounded in bytes of its text': async ({ unique, another }) => {
    const small = (await another({ maxValueBytes: 100 })).namespace(unique());
    await small.set('ascii', 'x'.repeat(98));
    await refuses(small.set('ascii', 'x'.repeat(99)), 'MUSTER_VALUE_TOO_LARGE');
    await small.set('wide', 'é'.repeat(49));
    await refuses(small.set('wide', 'é'.repeat(50)), 'MUSTER_VALUE_TOO_LARGE');
    await refuses(
      small.setMany([
        ['a', 1],
        ['b', 'x'.repeat(99)],
      ]),
      'MUSTER_VALUE_TOO_LARGE',
    );
    await refuses(
      small.update('ascii', () => 'y'.repeat(99)),
      'MUSTER_VALUE_TOO_LARGE',
    );
    assert.equal(await small.get('ascii'), 'x'.repeat(98));
    assert.equal(await small.has('a'), false);
  },

  'a value of 16 MiB is stored, one byte more is not': async ({ another, unique }) => {
    const view = (await another({ deadlineMs: PATIENT_MS })).namespace(unique());
    const quotes = 2;
    const largest = 'x'.repeat(16 * 1024 ** 2 - quotes);
    await view.set('key', largest);
    assert.equal(await view.get('key'), largest);
    await refuses(view.set('key', `${largest}x`), 'MUSTER_VALUE_TOO_LARGE');
  },
};
