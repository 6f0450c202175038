// readWriteLock, alone and against others.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadWriteLock } from '../../store.js';
import { type Case, refuses } from '../case.js';

const ONCE = { waitMs: 0 } as const;
const TIMEOUT = 'MUSTER_LOCK_TIMEOUT';

export const readWriteLocks: Readonly<Record<string, Case>> = {
  'many read at once, and one writes alone': async ({ store, another, unique }) => {
    const name = unique();
    const [here, there] = [store.readWriteLock(name), (await another()).readWriteLock(name)];
    const readers = await Promise.all([here, there, here].map((lock) => lock.read(ONCE)));
    await refuses(there.write(ONCE), TIMEOUT);
    for (const reader of readers) await reader.release();
    const writer = await here.write(ONCE);
    for (const lock of [here, there]) {
      await refuses(lock.read(ONCE), TIMEOUT);
      await refuses(lock.write(ONCE), TIMEOUT);
    }
    assert.equal(writer.signal.aborted, false);
    assert.ok(readers.every(({ token }) => token < writer.token));
    assert.equal(await writer.release(), true);
    await (await there.read(ONCE)).release();
  },

  'a writer that waits comes before readers who come after it, however long it takes': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const [here, there] = [store.readWriteLock(name), (await another()).readWriteLock(name)];
    const [first, second] = [await here.read(), await there.read()];
    const order: string[] = [];
    const writing = there.write({ waitMs: Infinity }).then(async (lock) => {
      order.push('writer');
      await lock.release();
    });
    // As soon as it waits, nobody else may read.
    for (;;) {
      const lock = await here.read(ONCE).catch(() => undefined);
      if (!lock) break;
      await lock.release();
    }
    await first.release();
    // Longer than what is free is kept for whoever could have it.
    await delay(700);
    await refuses(here.read(ONCE), TIMEOUT);
    const reading = here.read({ waitMs: Infinity }).then(async (lock) => {
      order.push('reader');
      await lock.release();
    });
    await second.release();
    await Promise.all([writing, reading]);
    assert.deepEqual(order, ['writer', 'reader']);
  },

  'readers who wait for a writer all come when it has gone': async ({ store, another, unique }) => {
    const name = unique();
    const locks = [store, await another(), await another()].map((one) => one.readWriteLock(name));
    const writer = await (locks[0] as ReadWriteLock).write();
    const waiting = locks.map((lock) => lock.read({ waitMs: Infinity }));
    await delay(20);
    await writer.release();
    // None of them is released before all are there.
    for (const reader of await Promise.all(waiting)) assert.equal(await reader.release(), true);
  },

  'of many who read and write at once, no writer is ever with anybody': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const locks = [store, await another()].map((one) => one.readWriteLock(name));
    let [readers, writers, most, written] = [0, 0, 0, 0];
    const calls = Array.from({ length: 40 }, (_, n) => {
      const lock = locks[n % 2] as ReadWriteLock;
      if (n % 4 === 0) {
        return lock.withWrite(
          async () => {
            writers++;
            await delay(1);
            assert.deepEqual([readers, writers], [0, 1]);
            writers--;
            return ++written;
          },
          { waitMs: Infinity },
        );
      }
      return lock.withRead(
        async () => {
          most = Math.max(most, ++readers);
          await delay(1);
          assert.equal(writers, 0);
          readers--;
        },
        { waitMs: Infinity },
      );
    });
    await Promise.all(calls);
    assert.equal(written, 10);
    assert.ok(most > 0);
  },

  'a writer who gives up lets those behind it in': async ({ store, another, unique }) => {
    const name = unique();
    const [here, there] = [store.readWriteLock(name), (await another()).readWriteLock(name)];
    const reader = await here.read();
    const controller = new AbortController();
    const writing = there.write({ waitMs: Infinity, signal: controller.signal });
    writing.catch(() => {});
    const next = await here.read({ waitMs: 20_000 });
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(writing, reason);
    const last = await here.read({ waitMs: 20_000 });
    for (const lock of [reader, next, last]) await lock.release();
    await (await there.write()).release();
  },

  'a writer fences, and so does a reader; it shares no name with a lock': async ({
    store,
    unique,
    view,
  }) => {
    const tag = `{${unique()}}`;
    const lock = store.readWriteLock(tag);
    await using other = await store.lock(tag);
    assert.equal(other.signal.aborted, false);
    for (const held of [
      await lock.read(),
      await lock.write({ waitMs: 0 }).catch(() => undefined),
    ]) {
      if (!held) continue;
      assert.equal(await view.set(`key-${tag}`, 1, { fence: held }), true);
      await held.release();
      await refuses(view.set(`key-${tag}`, 2, { fence: held }), 'MUSTER_FENCED');
    }
    assert.equal(await view.get(`key-${tag}`), 1);
  },

  'what is no name, no function and no time is refused': async ({ store, unique }) => {
    const code = 'MUSTER_INVALID_OPTION';
    for (const name of ['', 'n'.repeat(129), 1 as unknown as string]) {
      assert.throws(() => store.readWriteLock(name), { code });
    }
    const lock = store.readWriteLock(unique());
    await refuses(lock.read({ ttlMs: 0 }), code);
    await refuses(lock.write({ wait: 5 } as never), code);
    await refuses(lock.withRead('text' as never), code);
    await refuses(lock.withWrite(undefined as never), code);
    await (await lock.write(ONCE)).release();
  },
};
