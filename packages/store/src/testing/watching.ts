// watch.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoreChange } from '../store.js';
import { type Case, eventually, refuses } from './case.js';

/** What a watch was told, and the last value that it heard of a key. */
function ear() {
  const told: StoreChange[] = [];
  const listen = (change: StoreChange): void => {
    told.push(change);
  };
  const last = (key: string): unknown =>
    told.findLast((change) => change.type === 'change' && change.key === key);
  const hears = (key: string, value: unknown): Promise<void> =>
    eventually(() => {
      assert.deepEqual(last(key), { type: 'change', key, value });
      return true;
    });
  return { told, listen, hears };
}

export const watching: Readonly<Record<string, Case>> = {
  'every way to change a key is told, from any store': async ({ view, another, unique }) => {
    const name = unique();
    const [mine, other] = [(await another()).namespace(name), (await another()).namespace(name)];
    const { listen, hears } = ear();
    const end = await mine.watch({ prefix: '' }, listen);
    for (const one of [mine, other]) {
      await one.set('a', { n: 1 });
      await hears('a', { n: 1 });
      await one.setMany([
        ['b', 1],
        ['c', 2],
      ]);
      await Promise.all([hears('b', 1), hears('c', 2)]);
      await one.increment('b', 5);
      await hears('b', 6);
      await one.update('a', () => 'new');
      await hears('a', 'new');
      await one.compareAndSet('a', 'new', 'newer');
      await hears('a', 'newer');
      await one.getAndDelete('a');
      await hears('a', undefined);
      await one.delete('b');
      await hears('b', undefined);
      await one.clear();
      await hears('c', undefined);
    }
    end();
    await view.set('a', 1);
  },

  'an expiry is told, and what ends is not there any more': async ({ view }) => {
    const { listen, hears } = ear();
    const end = await view.watch({ key: 'short' }, listen);
    await view.set('short', 1, { ttlMs: 50 });
    await hears('short', undefined);
    await view.set('short', 2);
    await hears('short', 2);
    await view.touch('short', { expiresAt: 1 });
    await hears('short', undefined);
    end();
  },

  'one key is one key, a prefix is text, and a view is a view': async ({ store, view, unique }) => {
    const [one, some, whole, root] = [ear(), ear(), ear(), ear()];
    const ends = await Promise.all([
      view.watch({ key: 'a*' }, one.listen),
      view.watch({ prefix: 'a[' }, some.listen),
      view.watch({ prefix: '' }, whole.listen),
      store.watch({ prefix: '' }, root.listen),
    ]);
    const keys = ['a', 'a*', 'a*b', 'ab', 'a[b', 'é', '\u{1F600}', 'a b', ':a'];
    for (const key of keys) await view.set(key, key);
    const namespace = unique();
    await store.namespace(namespace).set('a*', 'elsewhere');
    await store.set(namespace, 'root');
    await view.set('last', true);
    await Promise.all([whole.hears('last', true), root.hears(namespace, 'root')]);
    await one.hears('a*', 'a*');
    await some.hears('a[b', 'a[b');
    for (const end of ends) end();
    const heard = ({ told }: ReturnType<typeof ear>) =>
      new Set(told.map((change) => (change.type === 'change' ? change.key : change.type)));
    assert.deepEqual(heard(one), new Set(['a*']));
    assert.deepEqual(heard(some), new Set(['a[b']));
    assert.deepEqual(heard(whole), new Set([...keys, 'last']));
    assert.deepEqual(heard(root), new Set([namespace]));
  },

  'of many changes the last one is told of each key': async ({ view, another }) => {
    const { told, listen, hears } = ear();
    const end = await view.watch({ prefix: 'k' }, listen);
    const rounds = 100;
    for (let round = 1; round <= rounds; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => view.set(`k${n}`, round)));
    }
    await Promise.all(Array.from({ length: 20 }, (_, n) => hears(`k${n}`, rounds)));
    end();
    // Each key's values come in their order.
    for (let n = 0; n < 20; n++) {
      const values = told.flatMap((change) =>
        change.type === 'change' && change.key === `k${n}` ? [Number(change.value)] : [],
      );
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
      );
    }
    await another();
  },

  'one that has ended hears nothing more, and the others do': async ({ view }) => {
    const [first, second, third] = [ear(), ear(), ear()];
    const controller = new AbortController();
    const end = await view.watch({ key: 'key' }, first.listen);
    await view.watch({ key: 'key' }, second.listen, { signal: controller.signal });
    const endThird = await view.watch({ key: 'key' }, third.listen);
    await view.set('key', 1);
    await Promise.all([first, second, third].map(({ hears }) => hears('key', 1)));
    end();
    end();
    controller.abort();
    const counts = [first.told.length, second.told.length];
    await view.set('key', 2);
    await third.hears('key', 2);
    await delay(20);
    assert.deepEqual([first.told.length, second.told.length], counts);
    endThird();
  },

  'a listener that throws does not end it': async ({ view }) => {
    const { listen, hears } = ear();
    const warned = once(process, 'warning');
    const end = await view.watch({ key: 'key' }, (change) => {
      listen(change);
      throw new Error('the listener of this test fails');
    });
    await view.set('key', 1);
    await hears('key', 1);
    const [warning] = await warned;
    assert.equal(warning.code, 'MUSTER_LISTENER_FAILED');
    assert.equal(warning.key, 'key');
    await view.set('key', 2);
    await hears('key', 2);
    end();
  },

  'what is no target is refused, and so is a watch of a closed store': async ({
    view,
    another,
  }) => {
    const code = 'MUSTER_INVALID_OPTION';
    const nothing = () => {};
    await refuses(view.watch({} as { key: string }, nothing), code);
    await refuses(
      view.watch({ key: 'a', prefix: 'b' } as unknown as { key: string }, nothing),
      code,
    );
    await refuses(view.watch({ key: '' }, nothing), 'MUSTER_INVALID_KEY');
    await refuses(view.watch({ prefix: 'k'.repeat(1025) }, nothing), 'MUSTER_INVALID_KEY');
    const reason = new Error('enough');
    const aborted = { signal: AbortSignal.abort(reason) };
    await assert.rejects(view.watch({ key: 'a' }, nothing, aborted), reason);
    const closed = await another();
    const { told, listen } = ear();
    await closed.watch({ prefix: '' }, listen);
    await closed.close();
    await refuses(closed.watch({ key: 'a' }, nothing), 'MUSTER_STORE_CLOSED');
    await view.set('a', 1);
    assert.deepEqual(told, []);
  },
};
