// A worker that exits, and that Node never ends.
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { isAlive } from '../../../../test/support/program.js';

const FIXTURE = new URL('../fixtures/stuck-exit.cjs', import.meta.url).pathname;

it('takes no more connections, is killed, and counts as what it exited with', async () => {
  const deployment = await createDeployment();
  onTestFinished(() => deployment[Symbol.asyncDispose]());
  const program = deployment.start([FIXTURE, '-w', '2']);
  await program.printed(/is ready: 2 workers/);
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const { port } = deployment;
      const asked = get({ host: '127.0.0.1', port, path, agent: false }, (response) =>
        resolve(text(response)),
      );
      asked.on('error', reject);
    });
  const pid = await ask('/exits-with/3');
  await program.printed(/exits with 3, and Node has not ended it after 5000 ms; it is killed/);
  const others = await Promise.all(Array.from({ length: 10 }, () => ask('/')));
  expect(others).not.toContain(pid);
  await program.printed(/generation 1\) exited with code 3/);
  await program.printed(/generation 2\) is ready/);
  expect(isAlive(Number(pid))).toBe(false);

  // In a reload it is no crash.
  expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
  await program.printed(/generation 2\) exited with code 0/);
  const { stdout } = await deployment.muster(['status', '--json']);
  const { workers } = JSON.parse(stdout) as { workers: { generation: number; state: string }[] };
  expect(workers.map(({ generation, state }) => [generation, state]).sort()).toEqual([
    [2, 'ready'],
    [3, 'ready'],
  ]);
  expect(program.output()).not.toMatch(/sent the primary/);
});
