import { describe, expect, test } from 'vitest';
import { isBefore, resumeAt } from '../dist/link/redis/stream-position.js';
import { Trimming } from '../dist/link/trimming.js';
import { freeName } from '../dist/peers/name.js';

describe('where a reader goes on after a break', () => {
  test.each([
    ['its last entry is there', '5-0', { oldest: '1-0', newest: '9-0', hasLast: true }, '5-0'],
    ['its last entry was trimmed', '5-0', { oldest: '7-0', newest: '9-0', hasLast: false }, '5-0'],
    ['the log has lost its end', '5-0', { oldest: '1-0', newest: '4-9', hasLast: false }, '0-0'],
    ['the log went on without it', '5-0', { oldest: '1-0', newest: '9-0', hasLast: false }, '0-0'],
    ['the log is empty', '5-0', { oldest: undefined, newest: undefined, hasLast: false }, '0-0'],
  ])('%s', (_, last, extent, at) => {
    expect(resumeAt(last, extent)).toBe(at);
  });

  test('positions are numbers, not texts', () => {
    expect(isBefore('9-0', '10-0')).toBe(true);
    expect(isBefore('10-9', '10-10')).toBe(true);
    expect(isBefore('10-0', '10-0')).toBe(false);
  });
});

describe('what of a log may go', () => {
  test('by time, nothing that is younger than the history', () => {
    const trimming = new Trimming(64_000, 1e9);
    for (let ms = 1_000_000; ms <= 1_200_000; ms += 100) trimming.add(ms, 10);
    expect(trimming.floorMs).toBeLessThanOrEqual(1_200_000 - 64_000);
    expect(trimming.floorMs).toBeGreaterThan(1_200_000 - 66_000);
  });

  test('by bytes, so that about so many are left', () => {
    const trimming = new Trimming(60_000, 64_000);
    for (let ms = 1_000; ms < 11_000; ms++) trimming.add(ms, 100);
    const kept = (11_000 - trimming.floorMs) * 100;
    expect(kept).toBeLessThanOrEqual(64_000);
    expect(kept).toBeGreaterThan(60_000);
  });

  test('what was there before counts as if it lay evenly over its time', () => {
    const trimming = new Trimming(60_000, 64_000);
    trimming.begin({ oldestMs: 10_000, newestMs: 20_000, bytes: 128_000 });
    expect(trimming.floorMs).toBeGreaterThanOrEqual(15_000);
    expect(trimming.floorMs).toBeLessThan(15_500);
    for (let ms = 20_000; ms < 21_000; ms++) trimming.add(ms, 63);
    expect(trimming.floorMs).toBeGreaterThan(19_000);
    expect(trimming.floorMs).toBeLessThanOrEqual(20_100);
  });

  test('of what was there before, what is older than the history', () => {
    const trimming = new Trimming(60_000, 64_000);
    trimming.begin({ oldestMs: 100_000, newestMs: 200_000, bytes: 1_000 });
    expect(trimming.floorMs).toBeGreaterThanOrEqual(140_000);
    expect(trimming.floorMs).toBeLessThan(142_000);
  });

  test('a log that is read again from its start is counted anew', () => {
    const trimming = new Trimming(60_000, 64_000);
    const read = () => {
      trimming.begin();
      for (let ms = 1_000; ms < 2_000; ms++) trimming.add(ms, 60);
    };
    read();
    read();
    expect(trimming.floorMs).toBe(1_000);
  });

  test('nothing at first', () => {
    expect(new Trimming(60_000, 64_000).floorMs).toBe(0);
  });
});

describe('the name of a machine', () => {
  const self = { id: 'b', name: 'web', sinceMs: 5 };
  test.each([
    ['nobody else has it', [], 'web'],
    ['a younger one has it', [{ id: 'a', name: 'web', sinceMs: 6 }], 'web'],
    ['an older one has it', [{ id: 'c', name: 'web', sinceMs: 4 }], 'web-2'],
    [
      'one of the same age has it, and comes before',
      [{ id: 'a', name: 'web', sinceMs: 5 }],
      'web-2',
    ],
    [
      'the next one is taken as well',
      [
        { id: 'c', name: 'web', sinceMs: 4 },
        { id: 'd', name: 'web-2', sinceMs: 9 },
      ],
      'web-3',
    ],
  ])('%s', (_, others, name) => {
    expect(freeName('web', self, others)).toBe(name);
  });
});
