// Which keys there are, and that namespaces keep to themselves.
import assert from 'node:assert/strict';
import { type Case, refuses, sorted } from '../case.js';

/** Keys that an engine might take for something else. */
export const AWKWARD_KEYS = [
  ' ',
  '*',
  '?',
  '[a]',
  '\\',
  '^',
  'a*b',
  ':',
  'a:b',
  '{a}b',
  '\u0000',
  '\n\r',
  '__proto__',
  'expiries',
  'é',
  '\u{FFFF}',
  '\u{10000}',
  '\u{10FFFF}',
];

export const keys: Readonly<Record<string, Case>> = {
  'any well-formed text is a key of its own': async ({ view }) => {
    await view.setMany(AWKWARD_KEYS.map((key, n) => [key, n]));
    assert.deepEqual(await view.getMany(AWKWARD_KEYS), [...AWKWARD_KEYS.keys()]);
    for (const [n, key] of AWKWARD_KEYS.entries()) assert.equal(await view.get(key), n);
    assert.deepEqual(await sorted(view.keys()), [...AWKWARD_KEYS].sort());
    assert.equal(await view.deleteMany(AWKWARD_KEYS), AWKWARD_KEYS.length);
  },

  'a key has 1 to 1,024 bytes of UTF-8': async ({ view }) => {
    for (const key of ['k', 'l'.repeat(1024), 'é'.repeat(512), '\u{1F600}'.repeat(256)]) {
      await view.set(key, key);
      assert.equal(await view.get(key), key);
      assert.deepEqual(await sorted(view.keys({ prefix: key })), [key]);
    }
    for (const key of ['', 'k'.repeat(1025), `k${'é'.repeat(512)}`]) {
      for (const call of [
        view.get(key),
        view.getMany([key]),
        view.set(key, 1),
        view.setMany([[key, 1]]),
        view.has(key),
        view.delete(key),
        view.deleteMany([key]),
        view.touch(key, { ttlMs: 1 }),
        view.ttlMs(key),
        view.increment(key),
        view.update(key, () => 1),
        view.compareAndSet(key, 1, 2),
        view.getAndDelete(key),
      ]) {
        await refuses(call, 'MUSTER_INVALID_KEY');
      }
    }
  },

  'half of a surrogate pair is no key': async ({ view }) => {
    for (const key of ['\uD83D', 'a\uDE00', '\uDE00\uD83D']) {
      await refuses(view.set(key, 1), 'MUSTER_INVALID_KEY');
      await refuses(view.keys({ prefix: key }).next(), 'MUSTER_INVALID_KEY');
    }
  },

  'what is not a text is no key': async ({ view }) => {
    for (const key of [1, undefined, null, {}, Symbol('s')]) {
      await refuses(view.get(key as string), 'MUSTER_INVALID_KEY');
      await refuses(view.set(key as string, 1), 'MUSTER_INVALID_KEY');
    }
  },

  'namespaces and the root view do not see each other': async ({ store, unique }) => {
    const name = unique();
    const views = [store, store.namespace(name), store.namespace(`${name}2`)];
    // Keys that would be the other view's, if the two were just put together.
    const shared = [name, `${name}:`, `:${name}`, `${name}:${name}`, `2:${name}`];
    for (const [n, view] of views.entries()) await view.setMany(shared.map((key) => [key, n]));
    for (const [n, view] of views.entries()) {
      assert.deepEqual(
        await view.getMany(shared),
        shared.map(() => n),
      );
    }
    for (const view of views.slice(1)) {
      assert.deepEqual(await sorted(view.keys()), [...shared].sort());
    }
    await views[1]?.clear();
    assert.deepEqual(await sorted(store.namespace(name).keys()), []);
    assert.deepEqual(
      await store.getMany(shared),
      shared.map(() => 0),
    );
    assert.deepEqual(
      await views[2]?.getMany(shared),
      shared.map(() => 2),
    );
    await store.deleteMany(shared);
  },

  'a namespace is the same from every store': async ({ store, unique, another }) => {
    const name = unique();
    await store.namespace(name).set('key', 1);
    assert.equal(await (await another()).namespace(name).get('key'), 1);
  },

  'a name may have colons, and still reaches into no other': async ({ store, unique }) => {
    const name = unique();
    const names = [name, `${name}:a`, `${name}%3Aa`, `${name}%253Aa`, `${name}:a:`, `:${name}`];
    for (const one of names) {
      const view = store.namespace(one);
      await view.set('key', one);
      await view.set('a:key', one);
      const limit = store.rateLimit(one, { limit: 1, periodMs: 3_600_000 });
      assert.equal((await limit.take('key')).allowed, true);
      assert.equal((await limit.take('a:key')).allowed, true);
      assert.equal(await store.cache(one).get('key', () => one), one);
      const lock = await store.lock(one, { waitMs: 0 });
      assert.equal(lock.name, one);
      await using _ = lock;
    }
    for (const one of names) {
      const view = store.namespace(one);
      assert.deepEqual(await view.getMany(['key', 'a:key']), [one, one]);
      assert.deepEqual(await sorted(view.keys()), ['a:key', 'key']);
      await view.clear();
    }
  },

  'a name is 1 to 128 bytes of well-formed text': async ({ store }) => {
    for (const name of ['n', 'n'.repeat(128), 'é'.repeat(64), '*', ':'.repeat(128)]) {
      store.namespace(name);
    }
    for (const name of ['', 'n'.repeat(129), 'é'.repeat(65), '\uD83D', 1 as unknown as string]) {
      assert.throws(() => store.namespace(name), { code: 'MUSTER_INVALID_OPTION' });
    }
  },

  'the longest key in the longest namespace': async ({ store, unique }) => {
    const view = store.namespace(unique().padEnd(128, ':'));
    const key = 'k'.repeat(1024);
    assert.equal(await view.increment(key, 1, { ttlMs: 60_000 }), 1);
    assert.deepEqual(await sorted(view.keys()), [key]);
    assert.equal(await view.delete(key), true);
  },
};
