import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { nearestName } from '../../dist/checks/nearest-name.js';

describe('a call of a cluster that cannot be meant', () => {
  let cwd: string;
  let program: Program;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'muster-misused-calls-'));
    program = runProgram(new URL('../fixtures/misused-calls.js', import.meta.url), { cwd });
    await program.exited;
  });
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await rm(cwd, { recursive: true, force: true });
  });

  it.each([
    ['on a typo', 'on(): there is no event "workerExitt". Did you mean "workerExit"?'],
    ['on a part of a name', 'on(): there is no event "exit". Did you mean "workerExit"?'],
    ['on null', 'on(): there is no event null. There are workerStart, '],
    ['on nothing like it', 'on(): there is no event "toString". There are workerStart, '],
    [
      'on without a listener',
      'on(): the listener of "workerExit" is a function; it got undefined.',
    ],
    ['reload with a number', 'reload(): signal: 5 is not an AbortSignal.'],
    [
      'reload with a controller',
      'reload(): signal: an object of AbortController is not an AbortSignal. Give the `signal` of the controller.',
    ],
    ['reload with null', 'reload(): signal: null is not an AbortSignal.'],
    ['reload null', 'reload() takes an object, and got null.'],
    ['restart with a controller', 'restartWorker(): signal: an object of AbortController is not'],
    ['restart with a typo', 'restartWorker(): there is no option "sginal". Did you mean "signal"?'],
    ['scale to ever more', 'scale(): worker: 99999999 is more than 1024.'],
    ['scale with a number', 'scale(): signal: 5 is not an AbortSignal.'],
    ['scale with a typo', 'scale(): there is no option "signl". Did you mean "signal"?'],
    ['scale with null', 'scale() takes an object, and got null.'],
    ['scale a list', 'scale() takes a number, or an object of roles and numbers, and got [].'],
  ])('%s is refused: %s', (call, says) => {
    expect(program.output()).toContain(`${call}: MUSTER_INVALID_OPTION ${says}`);
  });

  it('does nothing', () => {
    // The one reload that was meant.
    expect(program.output()).toMatch(/^left: 0\.2$/m);
  });
});

it.each([
  ['wokers', 'workers'],
  ['exit', 'workerExit'],
  ['WORKERS', 'workers'],
  ['colour', undefined],
  ['', undefined],
  ['x', undefined],
])('of a few names, %j is meant to be %j', (given, meant) => {
  expect(nearestName(given, ['ready', 'workers', 'workerExit'])).toBe(meant);
});
