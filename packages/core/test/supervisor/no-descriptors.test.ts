// Where the primary or a worker has no file descriptor left, or many workers fail at once.
import { expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';

/** Everything that it printed, when it has ended by itself. */
async function run(which: string): Promise<string> {
  await using program = runProgram(new URL('../fixtures/no-descriptors.js', import.meta.url), {
    env: { CASE: which },
    descriptors: 120,
  });
  const { code, signal } = await program.exited;
  expect([code, signal], program.output()).toEqual([0, null]);
  return program.output();
}

it('a start that has no descriptor for a worker says so, with its cause', async () => {
  const output = await run('start');
  const [, failure = ''] = /^failed (.*)$/m.exec(output) ?? [];
  expect(JSON.parse(failure)).toEqual({
    code: 'MUSTER_WORKER_START',
    reason: 'not-forked',
    message: expect.stringMatching(/was not forked: spawn .* EMFILE \(.*`ulimit -n`\)$/),
    cause: 'EMFILE',
  });
  expect(output).toMatch(/worker \d+ \(pid 0, .*\) could not be started: spawn .* EMFILE/);
  expect(output).not.toMatch(/MaxListeners/);
});

it('a primary that has none for a while says what is off since, and supervises on', async () => {
  const output = await run('later');
  expect(output.match(/^failed .*"cause":"EMFILE"\}$/gm), output).toHaveLength(2);
  expect(output).toMatch(/^off: .*health/m);
  // Newer versions of Node say it in words, and can load the code for the stack later.
  expect(output).toMatch(/health failed; supervision goes on: .*(EMFILE|too many open files)/);
  expect(output).toMatch(
    /worker 0 .* it is replaced\. (It runs:|Its stack could not be had: EMFILE)/,
  );
  expect(output).toMatch(/then came generation [23]/);
});

it('a worker that has none in its first second drains as others do', async () => {
  const output = await run('worker');
  expect(output).toMatch(/the app has shut down/);
  expect(output).toMatch(/the worker exited with 0/);
  expect(output).not.toMatch(/generation 2/);
});

it('a start that fails leaves no attempt of another worker behind, nor a warning of a leak', async () => {
  const output = await run('wait');
  expect(output).toMatch(/^failed .*worker 0 .* exited with code 3 before it was ready/m);
  expect(output).not.toMatch(/MaxListeners/);
});
