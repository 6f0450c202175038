import { describe, expect, it } from 'vitest';
import { decideRestart, type RestartPolicy } from '../dist/primary/restart-policy.js';

const policy: RestartPolicy = {
  type: 'permanent',
  minDelayMs: 100,
  maxDelayMs: 1_000,
  stableMs: 10_000,
  maxCrashes: 6,
  windowMs: 60_000,
};
const middle = 0.5;

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
    expect(decideRestart(crashesAfter(...lives), policy, middle)).toEqual({
      kind: 'replace',
      delayMs,
    });
  });

  it('gives up at the crash that spends the budget', () => {
    expect(decideRestart(crashesAfter(1, 1, 1, 1, 1, 1), policy, middle)).toEqual({
      kind: 'give-up',
      crashes: 6,
    });
  });

  it('counts only the crashes of the window', () => {
    const decision = decideRestart(crashesAfter(1, 1, 1, 1, 60_001, 1), policy, middle);
    expect(decision).toEqual({ kind: 'replace', delayMs: 100 });
  });

  it('spreads the delay by a fifth to either side', () => {
    const crashes = crashesAfter(1);
    expect(decideRestart(crashes, policy, 0)).toEqual({ kind: 'replace', delayMs: 80 });
    expect(decideRestart(crashes, policy, 1)).toEqual({ kind: 'replace', delayMs: 120 });
  });
});
