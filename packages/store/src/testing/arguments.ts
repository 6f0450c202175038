// Arguments that types forbid, from callers without types.
import assert from 'node:assert/strict';
import { type Case, refuses } from './case.js';

const INVALID = 'MUSTER_INVALID_OPTION';
/** What is neither a function, nor a list, nor a signal. */
const NONE = [null, 5, 'text', {}] as never[];

function refusesAtOnce(make: () => unknown): void {
  assert.throws(make, { code: INVALID });
}

export const givenArguments: Readonly<Record<string, Case>> = {
  'what is no function is refused, before anything is done': async ({ store, view, unique }) => {
    const name = unique();
    const cache = store.cache(unique());
    for (const fn of [...NONE, undefined as never]) {
      await refuses(view.update('key', fn), INVALID);
      await refuses(view.watch({ prefix: '' }, fn), INVALID);
      await refuses(store.withLock(name, fn), INVALID);
      await refuses(store.semaphore(name, { permits: 1 }).withPermit(fn), INVALID);
      await refuses(cache.get('key', fn), INVALID);
      refusesAtOnce(() => store.leader(name, fn));
    }
    await (await store.lock(name, { waitMs: 0 })).release();
    assert.equal(await view.has('key'), false);
  },

  'one key is no list of keys': async ({ view }) => {
    await view.setMany([
      ['a', 1],
      ['b', 1],
    ]);
    for (const keys of ['ab', null, undefined, 5, {}] as never[]) {
      await refuses(view.getMany(keys), INVALID);
      await refuses(view.deleteMany(keys), INVALID);
      await refuses(view.setMany(keys), INVALID);
    }
    for (const entry of ['ab', null, 5, {}] as never[]) {
      await refuses(view.setMany([['a', 2], entry]), INVALID);
    }
    assert.deepEqual(await view.getMany(new Set(['a', 'b'])), [1, 1]);
  },

  'a controller is no signal': async ({ store, view, unique }) => {
    const name = unique();
    const cache = store.cache(unique());
    for (const signal of [...NONE.slice(1), new AbortController() as never]) {
      await refuses(store.lock(name, { signal }), INVALID);
      await refuses(
        store.withLock(name, () => {}, { signal }),
        INVALID,
      );
      await refuses(store.semaphore(name, { permits: 1 }).acquire({ signal }), INVALID);
      await refuses(
        view.watch({ key: 'key' }, () => {}, { signal }),
        INVALID,
      );
      await refuses(
        cache.get('key', () => 1, { signal }),
        INVALID,
      );
      refusesAtOnce(() => store.leader(name, () => {}, { signal }));
    }
  },

  'a rule or target that is missing is refused': async ({ store, view, unique }) => {
    for (const none of [undefined, null] as never[]) {
      refusesAtOnce(() => store.rateLimit(unique(), none));
      refusesAtOnce(() => store.semaphore(unique(), none));
      await refuses(
        view.watch(none, () => {}),
        INVALID,
      );
    }
  },

  'a value that throws when it is read is refused, with the reason': async ({ view }) => {
    const reason = new Error('this value throws');
    const fail = () => {
      throw reason;
    };
    const values = [
      Object.defineProperty({}, 'x', { enumerable: true, get: fail }),
      [new Proxy({}, { ownKeys: fail })],
    ];
    for (const value of values) {
      await assert.rejects(view.set('key', value), {
        code: 'MUSTER_UNSUPPORTED_VALUE',
        cause: reason,
      });
    }
    assert.equal(await view.has('key'), false);
  },

  'a text is told apart from a number': async ({ view }) => {
    await assert.rejects(view.increment('key', '5' as never), /"5"/);
    await assert.rejects(view.set('key', 1, { ttlMs: '5' as never }), /"5"/);
  },
};
