// semaphore.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Case, refuses } from '../case.js';

export const semaphores: Readonly<Record<string, Case>> = {
  'as many as permits hold it, and no more': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [store, await another()];
    let inside = 0;
    let most = 0;
    const enter = async () => {
      most = Math.max(most, ++inside);
      await delay(2);
      inside--;
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        stores[n % 2]?.semaphore(name, { permits: 3 }).withPermit(enter, { waitMs: 20_000 }),
      ),
    );
    assert.equal(most, 3);
  },

  'each permit has a token of its own, and one that is given back is free': async ({
    store,
    unique,
  }) => {
    const semaphore = store.semaphore(unique(), { permits: 2 });
    const [first, second] = await Promise.all([semaphore.acquire(), semaphore.acquire()]);
    assert.ok(second.token > first.token);
    await refuses(semaphore.acquire({ waitMs: 0 }), 'MUSTER_LOCK_TIMEOUT');
    assert.equal(await first.release(), true);
    const third = await semaphore.acquire({ waitMs: 0 });
    assert.ok(third.token > second.token);
    assert.equal(second.signal.aborted, false);
    await Promise.all([second.release(), third.release()]);
  },

  'the number of permits is that of each call': async ({ store, unique }) => {
    const name = unique();
    const one = store.semaphore(name, { permits: 1 });
    const held = await one.acquire();
    const more = await store.semaphore(name, { permits: 2 }).acquire({ waitMs: 0 });
    await held.release();
    await refuses(one.acquire({ waitMs: 0 }), 'MUSTER_LOCK_TIMEOUT');
    await more.release();
    await (await one.acquire({ waitMs: 0 })).release();
  },

  'what is no name or no number of permits is refused': async ({ store, unique }) => {
    for (const permits of [0, -1, 1.5, NaN, Infinity, '1' as unknown as number]) {
      assert.throws(() => store.semaphore(unique(), { permits }), {
        code: 'MUSTER_INVALID_OPTION',
      });
    }
    assert.throws(() => store.semaphore('', { permits: 1 }), {
      code: 'MUSTER_INVALID_OPTION',
    });
  },
};
