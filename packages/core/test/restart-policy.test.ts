import { describe, expect, it } from 'vitest';
import { decideRestart, isCrash, restartDelay } from '../dist/primary/restart-policy.js';

const policy = {
  type: 'permanent' as const,
  minDelayMs: 100,
  maxDelayMs: 1_000,
  stableMs: 10_000,
  maxCrashes: 6,
  windowMs: 60_000,
  maxClusterCrashes: 100,
};
const middle = 0.5;
const crash = { code: 1, planned: false };

/** Crashes of workers that each lived so many milliseconds, one after the other. */
function crashesAfter(...lives: number[]) {
  let now = 0;
  return lives.map((life) => {
    const startedAt = now;
    now += life;
    return { startedAt, exitedAt: now };
  });
}

describe('the restart policy', () => {
  it.each([
    { what: 'a first young crash', lives: [50], delayMs: 100 },
    { what: 'a second in a row', lives: [50, 50], delayMs: 200 },
    { what: 'a third in a row', lives: [50, 50, 50], delayMs: 400 },
    { what: 'a fifth in a row, at the longest delay', lives: [50, 50, 50, 50, 50], delayMs: 1_000 },
    { what: 'a crash of a stable worker', lives: [10_000], delayMs: 0 },
    { what: 'a young crash after a stable life', lives: [50, 50, 10_000, 50], delayMs: 100 },
  ])('waits $delayMs ms after $what', ({ lives, delayMs }) => {
    expect(restartDelay(crashesAfter(...lives), policy, middle)).toBe(delayMs);
    expect(decideRestart(crash, crashesAfter(...lives), 1, policy, middle)).toEqual({
      kind: 'replace',
      delayMs,
    });
  });

  it('spreads the delay by a fifth to either side', () => {
    const crashes = crashesAfter(1);
    expect(restartDelay(crashes, policy, 0)).toBe(80);
    expect(restartDelay(crashes, policy, 1)).toBe(120);
  });

  it('gives up at the crash that spends the budget of the slot', () => {
    const crashes = crashesAfter(1, 1, 1, 1, 1, 1);
    expect(decideRestart(crash, crashes, 6, policy, middle)).toEqual({
      kind: 'give-up',
      crashes: 6,
      of: 'slot',
    });
  });

  it('gives up at the crash that spends the budget of the cluster', () => {
    expect(decideRestart(crash, crashesAfter(1), 100, policy, middle)).toEqual({
      kind: 'give-up',
      crashes: 100,
      of: 'cluster',
    });
  });

  it('counts only the crashes of the window', () => {
    const crashes = crashesAfter(1, 1, 1, 1, 60_001, 1);
    expect(decideRestart(crash, crashes, 2, policy, middle)).toEqual({
      kind: 'replace',
      delayMs: 100,
    });
  });

  const endings = {
    'exits with 0 by itself': { code: 0, planned: false },
    'drains when asked, and exits with 0': { code: 0, planned: true },
    'exits with 1': { code: 1, planned: false },
    'is killed': { code: null, planned: false },
    'is killed because it was not ready in time': { code: null, planned: true },
  };
  it.each<{ type: 'permanent' | 'transient' | 'temporary'; follows: string[] }>([
    { type: 'permanent', follows: ['replace', 'replace', 'replace', 'replace', 'replace'] },
    { type: 'transient', follows: ['end', 'end', 'replace', 'replace', 'replace'] },
    { type: 'temporary', follows: ['end', 'end', 'end', 'end', 'end'] },
  ])('follows what a $type worker does', ({ type, follows }) => {
    const decisions = Object.values(endings).map(
      (ending) => decideRestart(ending, crashesAfter(1), 1, { ...policy, type }, middle).kind,
    );
    expect(decisions).toEqual(follows);
  });

  it('counts an ending as a crash, except one that somebody asked for and that went well', () => {
    expect(Object.values(endings).map(isCrash)).toEqual([true, false, true, true, true]);
  });
});
