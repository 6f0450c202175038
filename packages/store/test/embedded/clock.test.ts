// The time of day is set while processes share a store: leases, lifetimes, caches and tokens do not notice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clock } from '../../../../test/support/settable-clock.js';
import {
  AGELESS,
  endByNow,
  endByWall,
  isOver,
  NEVER,
} from '../../dist/embedded/capacity/expiry-time.js';
import { Clock } from '../../dist/embedded/shared-memory/clock.js';
import { WorkerProcess } from '../support/worker-process.js';

const PATIENCE = { timeout: 20_000 };
const HOUR = 3_600_000;
/** A lifetime whose end a test waits for, */
const SHORT_MS = 300;
/** and how long it does, at most. */
const WAIT_MS = 15_000;

const root = await mkdtemp(join(tmpdir(), 'muster-clock-'));
const running: WorkerProcess[] = [];

afterAll(async () => {
  await Promise.all(running.map((worker) => worker.kill()));
  await rm(root, { recursive: true });
});

async function start(folder: string, shiftMs = 0): Promise<WorkerProcess> {
  const env = { SHIFT_MS: String(shiftMs) };
  const how = { fixture: 'locker.js', env };
  const worker = await WorkerProcess.start({ url: `lmdb:${join(root, folder)}` }, how);
  running.push(worker);
  return worker;
}

describe('of two processes that have the store open', () => {
  let one: WorkerProcess;
  let other: WorkerProcess;

  beforeAll(async () => {
    [one, other] = await Promise.all([start('set'), start('set')]);
  });
  afterEach(() => Promise.all([one, other].map((worker) => worker.order('setTime', { ms: 0 }))));

  describe.each([-HOUR, HOUR])('with the time set by %i ms', (ms) => {
    it('a lock that is held stays so', async () => {
      const token = await one.order('lock', { name: 'held', ttlMs: HOUR / 2 });
      await Promise.all([one, other].map((worker) => worker.order('setTime', { ms })));
      await expect(other.order('lock', { name: 'held', waitMs: 0 })).rejects.toThrow(
        'MUSTER_LOCK_TIMEOUT',
      );
      expect(await one.order('isAborted', { name: 'held' })).toBe(false);
      expect(await one.order('release', { name: 'held' })).toBe(true);
      const next = await other.order('lock', { name: 'held', waitMs: 0 });
      expect(next).toBeGreaterThan(token as number);
      await other.order('release', { name: 'held' });
    });

    it('what lives for so long does', async () => {
      const [long, short] = [`long ${ms}`, `short ${ms}`];
      for (const [key, ttlMs] of [
        [long, HOUR / 2],
        [short, SHORT_MS],
      ]) {
        await one.order('put', { key, value: 1, ttlMs });
        await one.order('cached', { name: 'cache', key, value: 1, ttlMs });
      }
      await other.order('setTime', { ms });
      const cached = { name: 'cache', value: 2, ttlMs: HOUR };
      expect(await other.order('read', { key: long })).toBe(1);
      expect(await other.order('cached', { ...cached, key: long })).toBe(1);
      await vi.waitFor(async () => {
        expect(await other.order('cached', { ...cached, key: short })).toBe(2);
        expect(await other.order('read', { key: short })).toBe(undefined);
      }, PATIENCE);
    });

    it('what ends at a time of day ends by the clock on the wall', async () => {
      const key = `until ${ms}`;
      await one.order('putUntil', { key, value: 1, ms: Date.now() + HOUR / 2 });
      await other.order('setTime', { ms });
      expect(await other.order('read', { key })).toBe(ms < 0 ? 1 : undefined);
    });
  });

  it('the lock of a killed process is free when its lease ends, with the time set back', async () => {
    const holder = await start('set');
    const token = await holder.order('lock', { name: 'killed', ttlMs: SHORT_MS });
    await other.order('setTime', { ms: -HOUR });
    await holder.kill();
    const next = other.order('lock', { name: 'killed', waitMs: WAIT_MS, ttlMs: SHORT_MS });
    expect(await next).toBeGreaterThan(token as number);
  });
});

it('a token is above those before the files were deleted, whatever the time is then', async () => {
  const worker = await start('deleted');
  const token = (await worker.order('lock', { name: 'a', ttlMs: HOUR })) as number;
  await worker.order('setTime', { ms: -HOUR });
  await rm(join(root, 'deleted'), { recursive: true });
  const again = async () => worker.order('lock', { name: 'a', waitMs: 0 });
  expect(await vi.waitFor(again, PATIENCE)).toBeGreaterThan(token);
  // So it is for one that has seen none of them.
  const fresh = await start('deleted', -HOUR);
  await worker.kill();
  const { name, ttlMs } = { name: 'b', ttlMs: HOUR };
  expect(await fresh.order('lock', { name, ttlMs })).toBeGreaterThan(token);
});

it.each([
  ['what never ends', NEVER, [0, 0], false],
  ['what ends now', 1_000, [1_000, 0], true],
  ['what ends soon', 1_001, [1_000, 9_999], false],
  ['what ends at this time of day', endByWall(1_000), [0, 1_000], true],
  ['what ends at a later time of day', endByWall(1_001), [9_999, 1_000], false],
  ['what ended before there was a time', endByWall(0), [0, 1], true],
  ['what ends with time itself', endByWall(8.64e15), [1e13, 1e13], false],
  ['what is evictable and does not end', AGELESS + 1e13, [2e13, 2e13], false],
])('%s', (_, end, [now = 0, wall = 0], over) => {
  expect(isOver(end, { now, wall })).toBe(over);
});

it('an end by the time of day is as far away on the clock that nobody can set', () => {
  const times = { now: 5_000, wall: 1_000 };
  expect(endByNow(endByWall(1_500), times)).toBe(5_500);
  expect(endByNow(6_000, times)).toBe(6_000);
});

it('clocks on one page show the same, and go ahead together', () => {
  const words = new Int32Array(64);
  const first = new Clock(words);
  clock.aheadMs = -HOUR;
  const second = new Clock(words);
  clock.aheadMs = 0;
  expect(Math.abs(second.now() - first.now())).toBeLessThan(1_000);
  const later = first.now() + 10 * HOUR;
  first.advanceTo(later);
  expect(second.now()).toBeGreaterThanOrEqual(later);
  second.advanceTo(0);
  expect(first.now()).toBeGreaterThanOrEqual(later);
  first.detach();
  words.fill(0);
  expect(first.now()).toBeGreaterThanOrEqual(later);
});
