import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { startBatches } from '../../dist/supervisor/start-batches.js';

const FIXTURE = new URL('../fixtures/one-first.js', import.meta.url);

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mu-first-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** What workers of one generation printed, in its order. */
const steps = (output: string, generation: number) =>
  [...output.matchAll(/^(begins|done) (\w+ \d)\.(\d)$/gm)]
    .filter((match) => Number(match[3]) === generation)
    .map(([, what, who]) => `${what} ${who}`);

describe('the order of a start', () => {
  const slots = [
    ...['web', 'web', 'web'].map((role, slot) => ({ slot, role })),
    ...['jobs', 'jobs'].map((role, index) => ({ slot: 3 + index, role })),
    { slot: 5, role: 'mail' },
  ];
  const numbers = (start: 'all' | 'one-first') =>
    startBatches(slots, start).map((batch) => batch.map(({ slot }) => slot));

  it('is none, or the first of each role alone and then the others', () => {
    expect(numbers('all')).toEqual([[0, 1, 2, 3, 4, 5]]);
    expect(numbers('one-first')).toEqual([[0], [3], [5], [1, 2, 4]]);
  });
});

it('the first worker of each role is ready before another one begins; a reload has its canary', async () => {
  await using program = runProgram(FIXTURE, { cwd });
  await program.printed(/^cluster is up$/m);
  const first = steps(program.output(), 1);
  const alone = ['begins web 0', 'done web 0', 'begins jobs 2', 'done jobs 2'];
  expect(first.slice(0, 4)).toEqual(alone);
  expect(first.slice(4).sort()).toEqual(
    ['web 1', 'jobs 3'].flatMap((who) => [`begins ${who}`, `done ${who}`]).sort(),
  );
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toMatch(/^reloaded$/m);
  expect(steps(program.output(), 2).slice(0, 2)).toEqual(['begins jobs 2', 'done jobs 2']);
});

it('a first worker that fails is one error, and no other worker begins', async () => {
  await using program = runProgram(FIXTURE, { cwd, env: { FAILS: 'jobs' } });
  expect(await program.exited).toMatchObject({ code: 1 });
  expect(steps(program.output(), 1)).toEqual(['begins web 0', 'done web 0', 'begins jobs 2']);
  expect(program.output().match(/^Error: the migration failed$/gm)).toHaveLength(1);
  expect(program.output()).toContain('MUSTER_WORKER_START');
});
