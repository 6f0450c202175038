// What calls tell of themselves.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { StoreCall } from '../api/diagnostics.js';
import { type Case, refuses, sorted } from './case.js';

export const diagnostics: Readonly<Record<string, Case>> = {
  'each call tells its name, its engine, how long it took, and how it ended': async ({
    store,
    view,
    unique,
  }) => {
    const told: StoreCall[] = [];
    const listen = (message: unknown): void => {
      told.push(message as StoreCall);
    };
    await view.set('before', 1);
    subscribe('muster:store:call', listen);
    try {
      await view.set('key', 'text');
      await view.get('key');
      await refuses(view.increment('key'), 'MUSTER_WRONG_TYPE');
      await refuses(view.get(''), 'MUSTER_INVALID_KEY');
      await sorted(view.keys());
      await assert.rejects(
        view.update('key', () => {
          throw new Error('mine');
        }),
      );
      await (await store.lock(unique())).release();
      await store.semaphore(unique(), { permits: 1 }).withPermit(() => {});
      await store.rateLimit(unique(), { limit: 1, periodMs: 1_000 }).take('id');
      await store.cache(unique()).get('key', () => 1);
    } finally {
      unsubscribe('muster:store:call', listen);
    }
    await view.get('key');
    assert.deepEqual(
      told.map(({ call, outcome }) => [call, outcome]),
      [
        ['set', 'ok'],
        ['get', 'ok'],
        ['increment', 'MUSTER_WRONG_TYPE'],
        ['get', 'MUSTER_INVALID_KEY'],
        ['keys', 'ok'],
        ['update', 'error'],
        ['lock', 'ok'],
        ['lock.release', 'ok'],
        ['semaphore.withPermit', 'ok'],
        ['rateLimit.take', 'ok'],
        ['cache.get', 'ok'],
      ],
    );
    for (const { engine, durationMs } of told) {
      assert.equal(engine, store.engine);
      assert.ok(durationMs >= 0 && durationMs < 60_000);
    }
  },
};
