// What a store tells of its locks and limits, on each engine.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { inspectLimits, inspectLocks } from '@muster/store/care';
import { ownOwner } from '@muster/store/procedures';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';

const folder = await mkdtemp(join(tmpdir(), 'muster-look-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const ENGINES: Readonly<Record<string, () => SharedStoreOptions>> = {
  embedded: () => ({ url: `lmdb:${join(folder, randomUUID())}` }),
  redis: () => ({ url: inject('redisUrl'), keyPrefix: `look-test:${randomUUID()}:` }),
  memory: () => ({ url: `memory:${randomUUID()}` }),
};

async function withStore(engine: string, use: (store: SharedStore) => Promise<void>) {
  const store = createSharedStore(ENGINES[engine]?.() ?? {});
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

/** A whole look: a scan of a busy Redis takes its time. */
const WHOLE = { forMs: 60_000 };
const NAMES = ['order:42', 'order 42', '{tag}lock', '{', '50%', '%3A', '=}', 'ü'];

describe.each(Object.keys(ENGINES))('what %s tells', (engine) => {
  test('of locks: the holder, the waiters in turn, and what is free is not listed', async () => {
    await withStore(engine, async (store) => {
      await (await store.lock('free')).release();
      for (const name of NAMES) await store.lock(name, { ttlMs: 60_000 });
      await store.semaphore('seats', { permits: 2 }).acquire({ ttlMs: 60_000 });
      const shared = store.readWriteLock('shared');
      await using reader = await shared.read({ ttlMs: 60_000 });
      const stop = new AbortController();
      const writer = shared.write({ waitMs: 60_000, signal: stop.signal });
      await vi.waitFor(async () => {
        const { items, more } = await inspectLocks(store, WHOLE);
        expect(more).toBe(false);
        expect(items.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
          [
            ...NAMES.map((name) => `lock ${name}`),
            'read-write-lock shared',
            'semaphore seats',
          ].sort((one, other) => (one.replace(/^\S+ /, '') < other.replace(/^\S+ /, '') ? -1 : 1)),
        );
        const mine = { owner: ownOwner(), takesAll: false, token: expect.any(Number) };
        expect(items.find(({ name }) => name === 'shared')).toMatchObject({
          holders: [{ ...mine, token: reader.token }],
          waiters: [{ owner: ownOwner(), takesAll: true }],
          waiting: 1,
        });
        for (const { holders } of items) {
          expect(holders).toMatchObject([mine]);
          expect(holders[0]?.leftMs).toBeGreaterThan(0);
          expect(holders[0]?.leftMs).toBeLessThanOrEqual(60_000);
          expect(holders[0]?.heldMs).toBeGreaterThanOrEqual(0);
        }
      });
      stop.abort();
      await expect(writer).rejects.toThrow();
    });
  });

  test('of limits: what is taken, and until when an id is blocked', async () => {
    await withStore(engine, async (store) => {
      const rules = [
        { limit: 10, periodMs: 3_600_000 },
        { limit: 100, periodMs: 86_400_000 },
      ];
      const limit = store.rateLimit('mails: a', rules);
      await limit.take('ada:1', 3);
      await limit.block('bob', Number.POSITIVE_INFINITY);
      const { items, more } = await inspectLimits(store, WHOLE);
      expect(more).toBe(false);
      expect(items).toMatchObject([
        { name: 'mails: a', id: 'ada:1', taken: [3, 3], blockedMs: 0 },
        { name: 'mails: a', id: 'bob', blockedMs: Number.POSITIVE_INFINITY },
      ]);
      expect(items[0]?.resetMs).toBeGreaterThan(1_000_000);
    });
  });

  test('no more than is asked for, and says so', async () => {
    await withStore(engine, async (store) => {
      // Those that are free do not count, though their entries stay for a while.
      for (let at = 0; at < 5; at++) await (await store.lock(`free ${at}`)).release();
      for (let at = 0; at < 5; at++) await store.lock(`many ${at}`, { ttlMs: 60_000 });
      const { items, more } = await inspectLocks(store, { ...WHOLE, most: 3 });
      expect(items).toHaveLength(3);
      expect(more).toBe(true);
      expect(await inspectLocks(store, { ...WHOLE, most: 5 })).toMatchObject({ more: false });
    });
  });
});
