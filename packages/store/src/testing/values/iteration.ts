// keys, entries, count and clear.
import assert from 'node:assert/strict';
import { type Case, refuses, sorted } from '../case.js';
import { AWKWARD_KEYS } from './keys.js';

const MANY = 10_000;

export const iteration: Readonly<Record<string, Case>> = {
  'an empty namespace has no keys': async ({ view }) => {
    assert.deepEqual(await sorted(view.keys()), []);
    assert.deepEqual(await sorted(view.keys({ prefix: 'a' })), []);
    for await (const entry of view.entries()) assert.fail(`${entry}`);
    await view.clear();
  },

  'a prefix is text, and not a pattern': async ({ view }) => {
    const all = [...AWKWARD_KEYS, ...AWKWARD_KEYS.map((key) => `${key}more`)];
    await view.setMany(all.map((key) => [key, key]));
    for (const prefix of ['', 'a', 'zzz', '\u{FFFE}', ...AWKWARD_KEYS]) {
      const expected = all.filter((key) => key.startsWith(prefix)).sort();
      assert.deepEqual(await sorted(view.keys({ prefix })), expected, JSON.stringify(prefix));
    }
  },

  'entries have their values': async ({ view }) => {
    await view.setMany([
      ['a1', 1],
      ['a2', { two: 2 }],
      ['b', new Date(0)],
    ]);
    const found = new Map<string, unknown>();
    for await (const [key, value] of view.entries({ prefix: 'a' })) found.set(key, value);
    assert.deepEqual(
      found,
      new Map<string, unknown>([
        ['a1', 1],
        ['a2', { two: 2 }],
      ]),
    );
  },

  '10,000 keys are all found while others come and go': async ({ store, another, unique }) => {
    const name = unique();
    const view = store.namespace<number>(name);
    const other = (await another()).namespace<number>(name);
    for (let start = 0; start < MANY; start += 1_000) {
      await view.setMany(Array.from({ length: 1_000 }, (_, n) => [`stays${start + n}`, start + n]));
    }
    const found = new Map<string, number>();
    let writes = 0;
    for await (const [key, value] of view.entries()) {
      found.set(key, value);
      if (found.size % 10 === 0) {
        const passing = `passes${writes++ % 500}`;
        if (writes % 2 === 0) await other.set(passing, 1);
        else await other.delete(passing);
      }
    }
    assert.ok(writes >= MANY / 10);
    for (let n = 0; n < MANY; n++) assert.equal(found.get(`stays${n}`), n);
    const stays = await sorted(view.keys({ prefix: 'stays' }));
    assert.equal(new Set(stays).size, MANY);
    await view.clear();
    assert.deepEqual(await sorted(view.keys()), []);
  },

  'count and clear take a prefix, which is text': async ({ view, store, unique }) => {
    const other = store.namespace(unique());
    await other.set('a*1', 1);
    await view.setMany(['a*1', 'a*2', 'ab', 'b'].map((key) => [key, key]));
    assert.equal(await view.count(), 4);
    assert.equal(await view.count({ prefix: 'a' }), 3);
    assert.equal(await view.count({ prefix: 'a*' }), 2);
    assert.equal(await view.count({ prefix: 'none' }), 0);
    await view.clear({ prefix: 'a*' });
    assert.deepEqual(await sorted(view.keys()), ['ab', 'b']);
    await view.clear({ prefix: 'none' });
    await view.clear({ prefix: undefined });
    assert.equal(await view.count(), 0);
    assert.equal(await other.count(), 1);
    for (const none of ['a', null, { match: 'a*' }] as never[]) {
      await refuses(other.clear(none), 'MUSTER_INVALID_OPTION');
      await refuses(other.count(none), 'MUSTER_INVALID_OPTION');
    }
    assert.equal(await other.count(), 1);
  },

  'clear deletes what was there when it was called, and nothing that is written later': async ({
    view,
  }) => {
    const old = Array.from({ length: 600 }, (_, n): [string, unknown] => [`old${n}`, n]);
    for (let round = 0; round < 2; round++) {
      await view.setMany([...old, ['other', 1]]);
      let isCleared = false;
      const clearing = view.clear(round % 2 === 0 ? undefined : { prefix: 'old' }).then(() => {
        isCleared = true;
      });
      const calls = Promise.all([
        view.increment('old7'),
        view.set('old8', 'new', { ifAbsent: true }),
        view.set('old9', 'new', { ifPresent: true }),
        view.update('old10', (current) => current ?? 'new'),
        view.transaction(['old11'], ([current]) => [current ?? 'new']),
        view.compareAndSet('old12', undefined, 'new'),
        view.delete('old13'),
        view.get('old14'),
        view.hasMany(['old15']),
        view.setMany([['old16', 'new']]),
      ]);
      let written = 0;
      while (!isCleared) await view.set(`old${100 + written++}`, 'new');
      await clearing;
      const none = undefined;
      const found = [1, true, false, 'new', ['new'], true, false, none, [false], none];
      assert.deepEqual(await calls, found);
      const kept = [7, 8, 10, 11, 12, 16, ...Array.from({ length: written }, (_, n) => 100 + n)];
      const expected = kept.map((n) => `old${n}`).concat(round % 2 === 0 ? [] : ['other']);
      assert.deepEqual(await sorted(view.keys()), expected.sort());
    }
  },

  'an iteration can be left early, and others go on': async ({ view }) => {
    await view.setMany(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n]));
    const other = view.keys();
    await other.next();
    for await (const key of view.keys()) {
      assert.ok(key.startsWith('k'));
      break;
    }
    let rest = 1;
    for await (const _ of other) rest++;
    assert.ok(rest >= 1_000);
  },

  'what an iteration has found can be deleted on the way': async ({ view }) => {
    await view.setMany(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n]));
    for await (const key of view.keys()) await view.delete(key);
    assert.deepEqual(await sorted(view.keys()), []);
  },

  'entries with large values come in pages': async ({ view }) => {
    const large = 'x'.repeat(400_000);
    for (let n = 0; n < 12; n++) await view.set(`k${n}`, large);
    const found = new Set<string>();
    for await (const [key, value] of view.entries()) {
      assert.equal(value, large);
      found.add(key);
    }
    assert.equal(found.size, 12);
  },
};
