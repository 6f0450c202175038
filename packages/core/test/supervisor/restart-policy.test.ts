import { describe, expect, it } from 'vitest';
import {
  crashesOverBudget,
  isFailing,
  isLogged,
  NO_EARLY_EXITS,
  recordExit,
} from '../../dist/supervisor/restart/early-exits.js';
import { isCrash, isReplaced, restartDelay } from '../../dist/supervisor/restart/restart-policy.js';

const policy = { minDelayMs: 100, maxDelayMs: 1_000, stableMs: 10_000, giveUp: undefined };
const middle = 0.5;

/** Workers that each lived so many milliseconds once they were ready, one after the other; `undefined`: never ready. */
function after(...lives: (number | undefined)[]) {
  let now = 0;
  return lives.reduce((before, livedMs) => {
    now += livedMs ?? 0;
    return recordExit(before, livedMs, now, policy);
  }, NO_EARLY_EXITS);
}

describe('the restart policy', () => {
  it.each([
    { what: 'a first young crash', lives: [50], delayMs: 100, failing: false },
    { what: 'a second in a row', lives: [50, 50], delayMs: 200, failing: true },
    { what: 'a third in a row', lives: [50, 50, 50], delayMs: 400, failing: true },
    {
      what: 'a fifth in a row, at the longest',
      lives: [1, 1, 1, 1, 1],
      delayMs: 1_000,
      failing: true,
    },
    { what: 'one that was never ready', lives: [undefined], delayMs: 100, failing: true },
    { what: 'a crash of a stable worker', lives: [10_000], delayMs: 0, failing: false },
    {
      what: 'a young crash after a stable life',
      lives: [1, 1, 10_000, 50],
      delayMs: 100,
      failing: false,
    },
  ])('waits $delayMs ms after $what', ({ lives, delayMs, failing }) => {
    const earlyExits = after(...lives);
    expect(restartDelay(earlyExits.inARow, policy, middle)).toBe(delayMs);
    expect(isFailing(earlyExits)).toBe(failing);
  });

  it('has a longest delay however often it was tried', () => {
    expect(restartDelay(100_000, policy, middle)).toBe(1_000);
  });

  it('spreads the delay by a fifth to either side', () => {
    expect(restartDelay(1, policy, 0)).toBe(80);
    expect(restartDelay(1, policy, 1)).toBe(120);
  });

  it('tells of the first ones, and then of ever fewer', () => {
    const told = Array.from({ length: 20_000 }, (_, inARow) => inARow).filter(isLogged);
    expect(told).toEqual([
      0, 1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384,
    ]);
  });

  const giveUp = { maxCrashes: 3, windowMs: 1_000 };
  it.each([
    { what: 'too few', lives: [1, 1], count: undefined },
    { what: 'as many as it takes', lives: [1, 1, 1], count: 3 },
    {
      what: 'stable ones, which do not count',
      lives: [20_000, 20_000, 20_000, 20_000],
      count: undefined,
    },
    { what: 'some that are too long ago', lives: [1, 1, 990, 500], count: undefined },
    {
      what: 'some before a stable one, which are too long ago',
      lives: [1, 1, 20_000, 1],
      count: undefined,
    },
  ])('gives up after $what: $count', ({ lives, count }) => {
    const now = lives.reduce((sum, lived) => sum + lived, 0);
    expect(crashesOverBudget(after(...lives), now, giveUp)).toBe(count);
    expect(crashesOverBudget(after(...lives), now, undefined)).toBeUndefined();
  });

  it('remembers no more than it needs', () => {
    expect(after(...Array<number>(1_000).fill(1)).recentAt.length).toBeLessThanOrEqual(16);
  });

  const earlyExits = {
    'exits with 0 by itself': { code: 0, planned: false },
    'drains when asked, and exits with 0': { code: 0, planned: true },
    'exits with 1': { code: 1, planned: false },
    'is killed': { code: null, planned: false },
    'is killed because it was not ready in time': { code: null, planned: true },
  };
  it.each<{ type: 'permanent' | 'transient' | 'temporary'; follows: boolean[] }>([
    { type: 'permanent', follows: [true, true, true, true, true] },
    { type: 'transient', follows: [false, false, true, true, true] },
    { type: 'temporary', follows: [false, false, false, false, false] },
  ])('follows what a $type worker does', ({ type, follows }) => {
    expect(Object.values(earlyExits).map((ending) => isReplaced(ending, type))).toEqual(follows);
  });

  it('counts an ending as a crash, except one that somebody asked for and that went well', () => {
    expect(Object.values(earlyExits).map(isCrash)).toEqual([true, false, true, true, true]);
  });
});
