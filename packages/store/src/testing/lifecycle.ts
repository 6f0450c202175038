// Opening and closing.
import assert from 'node:assert/strict';
import { type Case, refuses } from './case.js';

export const lifecycle: Readonly<Record<string, Case>> = {
  'ready settles, and says nothing': async ({ store }) => {
    assert.equal(await store.ready(), undefined);
    assert.equal(typeof store.engine, 'string');
    assert.notEqual(store.engine, '');
  },

  'the status is idle, ready, and closed at last': async ({ another }) => {
    const store = await another();
    const told: string[] = [];
    const off = store.on('ready', () => told.push('left'));
    store.on('ready', () => {
      told.push('ready');
      offInTurn();
    });
    const offInTurn = store.on('ready', () => told.push('left in the same turn'));
    store.on('degraded', ({ message }) => told.push(message));
    off();
    assert.equal(store.status, 'idle');
    await store.ready();
    await store.has('key');
    assert.equal(store.status, 'ready');
    const closing = store.close();
    assert.equal(store.status, 'closed');
    await closing;
    assert.equal(store.status, 'closed');
    assert.deepEqual(told, ['ready']);
  },

  'after close every call is refused': async ({ another, unique }) => {
    const store = await another();
    const view = store.namespace(unique());
    await view.set('key', 1);
    const iterator = view.keys();
    await store.close();
    for (const call of [
      store.ready(),
      view.get('key'),
      view.getMany(['key']),
      view.getMany([]),
      view.set('key', 1),
      view.setMany([['key', 1]]),
      view.has('key'),
      view.delete('key'),
      view.deleteMany(['key']),
      view.touch('key', { ttlMs: 1 }),
      view.ttlMs('key'),
      view.increment('key'),
      view.update('key', () => 1),
      view.compareAndSet('key', 1, 2),
      view.getAndDelete('key'),
      view.clear(),
      iterator.next(),
    ]) {
      await refuses(call, 'MUSTER_STORE_CLOSED');
    }
  },

  'close lets the calls under way finish, and may be called again': async ({ another, unique }) => {
    const name = unique();
    const store = await another();
    const view = store.namespace(name);
    await view.set('first', 1);
    const calls = Promise.all(Array.from({ length: 100 }, () => view.increment('key')));
    const closing = store.close();
    assert.equal(new Set(await calls).size, 100);
    await Promise.all([closing, store.close()]);
    assert.equal(await (await another()).namespace(name).get('key'), 100);
  },

  'a store that nothing was asked of can be closed': async ({ another }) => {
    await (await another()).close();
  },

  'closing one store leaves the others alone': async ({ store, another, unique }) => {
    const other = await another();
    const name = unique();
    await other.namespace(name).set('key', 1);
    await other.close();
    assert.equal(await store.namespace(name).get('key'), 1);
  },

  'a disposed store is closed': async ({ another }) => {
    const store = await another();
    await store[Symbol.asyncDispose]();
    await refuses(store.get('key'), 'MUSTER_STORE_CLOSED');
  },
};
