// lock, withLock and fences.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lock } from '../../store.js';
import { type Case, eventually, refuses } from '../case.js';

export const locks: Readonly<Record<string, Case>> = {
  'one holds it, and the other gets it when it is released': async ({ store, another, unique }) => {
    const name = unique();
    const other = await another();
    const lock = await store.lock(name);
    assert.equal(lock.name, name);
    assert.equal(lock.signal.aborted, false);
    const got: Lock[] = [];
    const waiting = other.lock(name, { waitMs: 20_000 }).then((later) => {
      got.push(later);
      return later;
    });
    await refuses(other.lock(name, { waitMs: 30 }), 'MUSTER_LOCK_TIMEOUT');
    await refuses(store.lock(name, { waitMs: 0 }), 'MUSTER_LOCK_TIMEOUT');
    assert.equal(got.length, 0);
    assert.equal(await lock.release(), true);
    assert.equal(lock.signal.aborted, true);
    const later = await waiting;
    assert.equal(later.signal.aborted, false);
    assert.equal(await later.release(), true);
  },

  'names do not know each other, nor do locks, semaphores and leaders of one name': async ({
    store,
    unique,
  }) => {
    const name = unique();
    const names = [name, `${name}2`, `{${name}`, `${name}}`, `{}${name}`, `{${name}}`, '*', 'é'];
    const held = await Promise.all(names.map((one) => store.lock(one, { waitMs: 0 })));
    const permit = await store.semaphore(name, { permits: 1 }).acquire({ waitMs: 0 });
    assert.equal(new Set(held.map((lock) => lock.name)).size, names.length);
    for (const lock of [...held, permit]) assert.equal(await lock.release(), true);
  },

  'tokens of a lock grow, whoever gets it': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [store, await another()];
    let last = 0;
    for (let round = 0; round < 50; round++) {
      const lock = await stores[round % 2]?.lock(name);
      assert.ok(lock && Number.isSafeInteger(lock.token) && lock.token > last);
      last = lock.token;
      await lock.release();
    }
  },

  'of many, one at a time is in': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [store, await another(), await another()];
    const log: number[] = [];
    let inside = 0;
    const enter = (lock: Lock) => {
      assert.equal(++inside, 1);
      log.push(lock.token);
      return delay(1).then(() => {
        inside--;
      });
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        stores[n % 3]?.withLock(name, enter, { waitMs: 20_000 }),
      ),
    );
    assert.equal(log.length, 60);
    assert.ok(log.every((token, position) => position === 0 || token > (log[position - 1] ?? 0)));
  },

  'those who wait are served in turn': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [await another(), await another(), await another()];
    const lock = await store.lock(name);
    const order: number[] = [];
    const waiting: Promise<unknown>[] = [];
    for (const [position, one] of stores.entries()) {
      waiting.push(one.withLock(name, () => order.push(position)));
      // In line before the next one comes: a lock of no time at all is behind it.
      await refuses(one.lock(name, { waitMs: 50 }), 'MUSTER_LOCK_TIMEOUT');
    }
    await lock.release();
    await Promise.all(waiting);
    assert.deepEqual(order, [0, 1, 2]);
  },

  'a store that takes it again and again does not keep the others out': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const greedy = new AbortController();
    const rounds = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!greedy.signal.aborted) await store.withLock(name, () => delay(1));
      }),
    );
    const other = await another();
    for (let round = 0; round < 5; round++) await (await other.lock(name)).release();
    greedy.abort();
    await rounds;
  },

  'of hundreds in one process that hold it for no time, each has it as soon as the one before':
    async ({ store, unique }) => {
      const name = unique();
      let held = 0;
      // Who is not woken looks by itself, some time later: then this does not do for all of them.
      const waits = Array.from({ length: 400 }, () =>
        store.withLock(name, () => held++, { waitMs: 90_000 }),
      );
      await Promise.all(waits);
      assert.equal(held, 400);
    },

  'a held lock outlives its ttlMs: it is extended': async ({ store, another, unique }) => {
    const name = unique();
    const other = await another();
    const lock = await store.lock(name, { ttlMs: 3_000 });
    await refuses(other.lock(name, { waitMs: 3_500 }), 'MUSTER_LOCK_TIMEOUT');
    assert.equal(lock.signal.aborted, false);
    assert.equal(await lock.release(), true);
  },

  'a blocked event loop learns of the end at once, in whatever runs first': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const lock = await store.lock(name, { ttlMs: 100 });
    const { signal } = lock;
    block(120);
    // No timer has had its turn.
    assert.equal(signal.aborted, true);
    assert.throws(() => signal.throwIfAborted(), { code: 'MUSTER_LOCK_LOST' });
    assert.equal(signal.reason.code, 'MUSTER_LOCK_LOST');
    const next = await (await another()).lock(name);
    assert.ok(next.token > lock.token);
    assert.equal(await lock.release(), false);
    assert.equal(await next.release(), true);
  },

  'the signal is aborted before anyone else can have it': async ({ store, another, unique }) => {
    const name = unique();
    const other = await another();
    for (let round = 0; round < 5; round++) {
      const lock = await store.lock(name, { ttlMs: 60 });
      const { signal } = lock;
      const next = other.lock(name);
      block(40 + round * 10);
      const [got] = await Promise.all([next, lock.release()]);
      assert.equal(signal.aborted, true);
      await got.release();
    }
  },

  'withLock gives what its function gives, and releases it whichever way that ends': async ({
    store,
    unique,
  }) => {
    const name = unique();
    assert.equal(await store.withLock(name, ({ token }) => token > 0), true);
    await assert.rejects(
      store.withLock(name, async () => {
        throw new Error('mine');
      }),
      { message: 'mine' },
    );
    assert.equal(await (await store.lock(name, { waitMs: 0 })).release(), true);
  },

  'withLock says that the lock was lost under its function': async ({ store, unique }) => {
    const lost = store.withLock(unique(), () => block(150), { ttlMs: 100 });
    await refuses(lost, 'MUSTER_LOCK_LOST');
  },

  'a disposed lock is released': async ({ store, unique }) => {
    const name = unique();
    const lock = await store.lock(name);
    await lock[Symbol.asyncDispose]();
    assert.equal(await (await store.lock(name, { waitMs: 0 })).release(), true);
    assert.equal(await lock.release(), true);
  },

  'an aborted wait ends with its reason, and leaves nothing behind': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const lock = await store.lock(name);
    const other = await another();
    const reason = new Error('enough');
    await assert.rejects(store.lock(unique(), { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const waits = [store, other, other].map((one) =>
      assert.rejects(one.lock(name, { signal: controller.signal }), reason),
    );
    await delay(20);
    controller.abort(reason);
    await Promise.all(waits);
    assert.equal(await lock.release(), true);
    // Nobody stands before it any more.
    await eventually(async () => (await store.lock(name, { waitMs: 0 })).release());
    assert.equal(lock.signal.aborted, true);
  },

  'a signal that is aborted once the lock is held changes nothing': async ({ store, unique }) => {
    const controller = new AbortController();
    const lock = await store.lock(unique(), { signal: controller.signal });
    controller.abort();
    assert.equal(lock.signal.aborted, false);
    assert.equal(await lock.release(), true);
  },

  'a store that is closed gives its locks back, and ends its waits': async ({
    store,
    another,
    unique,
  }) => {
    const [name, taken] = [unique(), unique()];
    const foreign = await store.lock(taken);
    const other = await another();
    const lock = await other.lock(name);
    const waiting = refuses(other.lock(taken), 'MUSTER_STORE_CLOSED');
    await delay(10);
    await other.close();
    await waiting;
    assert.equal(lock.signal.aborted, true);
    assert.equal(await (await store.lock(name, { waitMs: 0 })).release(), true);
    assert.equal(await foreign.release(), true);
    await refuses(other.lock(name), 'MUSTER_STORE_CLOSED');
  },

  'a fence lets its holder write, and nobody whose lock has ended': async ({
    store,
    another,
    view,
    unique,
  }) => {
    // One hash tag for all, as a Redis Cluster needs it.
    const tag = `{${unique()}}`;
    const key = `order-${tag}`;
    const lock = await store.lock(tag);
    assert.equal(await view.set(key, 1, { fence: lock }), true);
    assert.equal(await view.set(key, 2, { fence: lock, ifAbsent: true }), false);
    assert.equal(await view.set(key, 3, { fence: lock, ttlMs: 60_000 }), true);
    assert.ok(((await view.ttlMs(key)) ?? 0) > 50_000);
    await lock.release();
    await refuses(view.set(key, 4, { fence: lock }), 'MUSTER_FENCED');
    const stale = await store.lock(tag, { ttlMs: 100 });
    block(120);
    const next = await (await another()).lock(tag);
    await refuses(view.set(key, 5, { fence: stale }), 'MUSTER_FENCED');
    assert.equal(await view.set(key, 6, { fence: next }), true);
    await next.release();
    await refuses(view.set(key, 7, { fence: next }), 'MUSTER_FENCED');
    assert.equal(await view.get(key), 6);
    const permit = await store.semaphore(tag, { permits: 2 }).acquire();
    assert.equal(await view.set(key, 8, { fence: permit }), true);
    await permit.release();
    const none = { fence: { token: 1 } as unknown as Lock };
    await refuses(view.set(key, 9, none), 'MUSTER_INVALID_OPTION');
  },

  'what is no name or no time is refused': async ({ store, unique }) => {
    for (const name of ['', 'n'.repeat(129), '\uD83D', 1 as unknown as string]) {
      await refuses(store.lock(name), 'MUSTER_INVALID_OPTION');
      await refuses(
        store.withLock(name, () => 1),
        'MUSTER_INVALID_OPTION',
      );
    }
    for (const bad of [0, 9, 86_400_001, NaN, Infinity, '1000' as unknown as number]) {
      await refuses(store.lock(unique(), { ttlMs: bad }), 'MUSTER_INVALID_OPTION');
    }
    for (const bad of [-1, NaN, '1' as unknown as number]) {
      await refuses(store.lock(unique(), { waitMs: bad }), 'MUSTER_INVALID_OPTION');
    }
    // Over before its release on a busy machine, perhaps.
    await (await store.lock('n'.repeat(128), { ttlMs: 10.5 })).release();
  },
};

/** Keeps the event loop busy. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
