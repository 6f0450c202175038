import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MUSTER } from '../../../../test/support/deployment.js';
import { runProgram } from '../../../../test/support/program.js';

const APP = `
  const server = require('node:http').createServer();
  server.listen(0, '127.0.0.1', () => {
    console.log('slot ' + process.env.NODE_APP_INSTANCE + ', pm_id ' + process.env.pm_id);
    setTimeout(() => process.send('ready', (error) => console.log('sent: ' + error)), 300);
  });`;

/** Runs the app with `muster start`. The environment is that of a shell which PM2 itself has started. */
async function start(when: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'mu-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'app.js'), APP);
  const program = runProgram(MUSTER, {
    args: ['start', 'app.js', '-w', '2', '--ready', when],
    cwd,
    env: { MUSTER_RUNTIME_DIR: join(cwd, 'run'), NODE_APP_INSTANCE: '7' },
  });
  onTestFinished(() => program[Symbol.asyncDispose]());
  for (const slot of [0, 1]) await program.printed(new RegExp(`worker ${slot} .* is ready`));
  return program;
}

it("an app that says process.send('ready') is ready then, and has its slot in NODE_APP_INSTANCE", async () => {
  const program = await start('ready()');
  await program.printed(/^slot 0, pm_id undefined$/m);
  await program.printed(/^slot 1, pm_id undefined$/m);
  expect(program.output()).not.toMatch(/was not ready in time/);
});

it("process.send('ready') does no harm where nobody waits for it, and its callback is called", async () => {
  const program = await start('auto');
  await program.printed(/^sent: null$[\s\S]*^sent: null$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
