// Durations above what Node's timers hold mean what they say.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@muster/codec/timers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { resolveOptions } from '../../dist/supervisor/options/options.js';

const LONG = [2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];

const OPTIONS: [string, (ms: number) => object][] = [
  ['ready.timeoutMs', (timeoutMs) => ({ ready: { timeoutMs } })],
  ['ready.settleMs', (settleMs) => ({ ready: { settleMs } })],
  ['drain.paceMs', (paceMs) => ({ drain: { paceMs } })],
  ['drain.timeoutMs', (timeoutMs) => ({ drain: { timeoutMs } })],
  ['restart.minDelayMs', (minDelayMs) => ({ restart: { minDelayMs } })],
  ['restart.maxDelayMs', (maxDelayMs) => ({ restart: { maxDelayMs } })],
  ['restart.stableMs', (stableMs) => ({ restart: { stableMs } })],
  ['reload.watchMs', (watchMs) => ({ reload: { watchMs } })],
  ['health.hungAfterMs', (hungAfterMs) => ({ health: { hungAfterMs } })],
  ['health.maxAgeMs', (maxAgeMs) => ({ health: { maxAgeMs } })],
];

describe.each(OPTIONS)('%s', (name, options) => {
  it.each(LONG)('takes %d', (ms) => {
    expect(() => resolveOptions({ worker: () => {}, ...options(ms) })).not.toThrow();
  });

  it.each([-1, Number.NaN, '30s'])('refuses %s', (ms) => {
    expect(() => resolveOptions({ worker: () => {}, ...options(ms as number) })).toThrow(
      `${name}: ${typeof ms === 'string' ? '"30s"' : ms} is not a number of milliseconds`,
    );
  });
});

describe('a timer', () => {
  /** Timers are taken at import: these are the faked ones. */
  let setTimer: typeof import('@muster/codec/timers').setTimer;
  beforeEach(async () => {
    vi.useFakeTimers();
    vi.spyOn(globalThis, 'setTimeout');
    const timers = import.meta.resolve('@muster/codec/timers');
    ({ setTimer } = await import(`${timers}?${Math.random()}`));
  });
  afterEach(() => {
    // First what was put on top of the faked ones.
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it.each([
    { ms: 5, before: 4 },
    { ms: 2 ** 31, before: 2 ** 31 - 1 },
    { ms: 3 * 2 ** 31, before: 3 * 2 ** 31 - 1 },
  ])('of $ms ms comes then, and not before', ({ ms, before }) => {
    const set = vi.mocked(globalThis.setTimeout);
    const come = vi.fn();
    setTimer(come, ms);
    vi.advanceTimersByTime(before);
    expect(come).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(come).toHaveBeenCalledOnce();
    for (const [, each = 0] of set.mock.calls) expect(each).toBeLessThan(2 ** 31);
  });

  it('that is cleared never comes, in whatever part of it', () => {
    const come = vi.fn();
    const timer = setTimer(come, 2 ** 32);
    vi.advanceTimersByTime(2 ** 31 + 10);
    timer.clear();
    vi.advanceTimersByTime(2 ** 32);
    expect(come).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('a sleep may be long, and be ended', async () => {
  await sleep(0);
  for (const ms of LONG) {
    const ends = new AbortController();
    const slept = sleep(ms, { signal: ends.signal }).then(
      () => 'over',
      () => 'aborted',
    );
    expect(await Promise.race([slept, sleep(20).then(() => 'asleep')])).toBe('asleep');
    ends.abort();
    expect(await slept).toBe('aborted');
  }
});

describe('a worker with all the time there is', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-durations-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(LONG)('(%d ms) starts, and drains to the end', async (ms) => {
    // JSON has no Infinity, but numbers that are read as it.
    const all = `{"timeoutMs": ${ms === Number.POSITIVE_INFINITY ? '1e999' : ms}}`;
    await using program = runProgram(new URL('../fixtures/long-drain.js', import.meta.url), {
      cwd: folder,
      env: { CLUSTER_OPTIONS: `{"ready": ${all}, "drain": ${all}}` },
    });
    await program.printed(/^ready/m);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toContain('drained to the end');
  });
});
