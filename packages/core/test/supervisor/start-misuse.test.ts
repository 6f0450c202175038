import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';

async function run(mode: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'muster-misused-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const fixture = new URL('../fixtures/misused.js', import.meta.url);
  const program = runProgram(fixture, { cwd, env: { MODE: mode } });
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

it.each([
  ['hookThrows', /MUSTER_WORKER_START: .*worker 0 .* was not forked: no licence$/m],
  ['hookHangs', /MUSTER_WORKER_START: .*the hook beforeFork did not settle within 200 ms$/m],
])('beforeFork, where it %s at the first fork, ends the start, and says so', async (mode, says) => {
  const program = await run(mode);
  await program.printed(says);
  expect(await program.exited).toEqual({ code: 3, signal: null });
});

it.each([
  ['envIsAsync', /MUSTER_ENVIRONMENT: .*what env returned is a promise: .*beforeFork may be async/],
  ['envGivesNumber', /MUSTER_ENVIRONMENT: .*what env returned\.A: 5 is not a string\.$/m],
  ['hookGivesNumber', /MUSTER_WORKER_START: .*what beforeFork returned\.A: 5 is not a string\.$/m],
])('%s: an environment that is none ends the start, and says so', async (mode, says) => {
  const program = await run(mode);
  await program.printed(says);
  expect(await program.exited).toEqual({ code: 3, signal: null });
});

it('a hook that throws before a replacement counts as a crash, and is asked again', async () => {
  const program = await run('hookThrowsLater');
  await program.printed(/was not forked: no licence for the second one/);
  await program.printed(/worker 0 \(pid \d+, generation 3\) is ready/);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

it('a second cluster in one process is refused, and the first one goes on', async () => {
  const program = await run('twice');
  await program.printed(/^MUSTER_CLUSTER_MISUSE: startCluster\(\) was called again/m);
  await program.printed(/^workers: 1$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

it('a worker module that starts a cluster itself is told so, and so is its primary', async () => {
  const program = await run('inWorker');
  await program.printed(/^MUSTER_CLUSTER_MISUSE: startCluster\(\) was called in a worker/m);
  await program.printed(/^MUSTER_WORKER_START: .* exited with code 3 before it was ready/m);
  expect(await program.exited).toEqual({ code: 3, signal: null });
});
