import { describe, expect, it } from 'vitest';
import { closeIntervalMs } from '../../dist/worker/drain/close-pace.js';
import { divideDrainTime } from '../../dist/worker/drain/drain-time.js';

describe('the closes of long-lived connections', () => {
  it.each([
    { count: 0, paceMs: 5_000, leftMs: 28_000, stepMs: 10 },
    { count: 50, paceMs: 5_000, leftMs: 28_000, stepMs: 10 },
    { count: 10_000, paceMs: 5_000, leftMs: 28_000, stepMs: 0.5 },
    { count: 10_000, paceMs: 60_000, leftMs: 28_000, stepMs: 1.4 },
    { count: 50, paceMs: 0, leftMs: 28_000, stepMs: 0 },
    { count: 50, paceMs: 5_000, leftMs: -10, stepMs: 0 },
  ])(
    '$count within $paceMs ms of $leftMs: every $stepMs ms',
    ({ count, paceMs, leftMs, stepMs }) => {
      expect(closeIntervalMs(count, paceMs, leftMs)).toBe(stepMs);
    },
  );
});

describe('the time of a drain', () => {
  it.each([
    { timeoutMs: 30_000, requestsMs: 5_000, lastCallMs: 29_000 },
    { timeoutMs: 4_000, requestsMs: 1_000, lastCallMs: 3_200 },
    { timeoutMs: 0, requestsMs: 0, lastCallMs: 0 },
  ])('$timeoutMs', ({ timeoutMs, ...time }) => {
    expect(divideDrainTime(timeoutMs)).toEqual(time);
  });
});
