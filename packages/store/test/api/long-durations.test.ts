// Durations above what Node's timers hold mean what they say.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore } from '@muster/store';
import { nanoid } from 'nanoid';
import { expect, inject, onTestFinished, test, vi } from 'vitest';

const LONG = [2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];

const cases = (['embedded', 'redis'] as const).flatMap((engine) =>
  LONG.map((ms) => [engine, ms] as const),
);

test.each(cases)('on the %s engine, %d ms', async (engine, ms) => {
  const warned = vi.fn();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  const url = engine === 'redis' ? inject('redisUrl') : `lmdb:${folder}`;
  const store = createSharedStore({ url, keyPrefix: `muster-test:${nanoid()}:`, deadlineMs: ms });
  try {
    await store.ready();
    const changes: unknown[] = [];
    const unwatch = await store.watch({ key: 'n' }, (change) => changes.push(change));
    expect(await store.update<number>('n', () => 1)).toBe(1);
    await vi.waitFor(() => expect(changes.length).toBeGreaterThan(0));
    unwatch();
    const lock = await store.lock('lock');
    const slow = store.update<number>('n', async (n) => {
      await lock.release();
      return Number(n) + 1;
    });
    const waiting = store.lock('lock', { waitMs: ms });
    await (await waiting).release();
    expect(await slow).toBe(2);
    const cache = store.cache('cache', { ttlMs: ms, staleMs: ms, graceMs: ms, loadTimeoutMs: ms });
    expect(await cache.get('key', () => 'loaded')).toBe('loaded');
    expect(await cache.get('key', () => 'other')).toBe('loaded');
    await store.set('kept', 1, { ttlMs: ms });
    expect(await store.ttlMs('kept')).toBeGreaterThan(2 ** 31 - 60_000);
    const leadership = store.leader(
      'leader',
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    );
    await vi.waitFor(() => expect(leadership.isLeader).toBe(true));
    await leadership.stop();
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
  expect(warned.mock.calls.flat().filter(({ name }) => name === 'TimeoutOverflowWarning')).toEqual(
    [],
  );
});
