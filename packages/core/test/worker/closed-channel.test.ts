// A worker that closes its channel to the primary, without which it can be given no connections.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { startLoad } from '../../../../test/support/load.js';
import { isAlive } from '../../../../test/support/program.js';

const FIXTURE = new URL('../fixtures/closed-channel.cjs', import.meta.url).pathname;
const KEEP = new URL('../fixtures/keep-disconnect.cjs', import.meta.url).pathname;

async function start(...options: string[]) {
  const deployment = await createDeployment();
  onTestFinished(() => deployment[Symbol.asyncDispose]());
  const program = deployment.start([FIXTURE, ...options], { NODE_OPTIONS: `--require=${KEEP}` });
  await program.printed(/worker 0 .* is ready/);
  const { port } = deployment;
  const open = async (path: string) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  };
  return { deployment, program, open };
}

it.each(['/process', '/worker', '/cut'])(
  '%s: the only worker is replaced at once, and what it still answers is answered',
  async (way) => {
    const { deployment, program, open } = await start('-w', '1');
    const response = await open(way);
    const [begun] = (await once(response, 'data')) as [Buffer];
    await program.printed(/generation 2\) is ready/);
    const old = Number(String(begun).trim());
    expect(isAlive(old)).toBe(true);
    await vi.waitFor(async () => {
      expect(Number(await text(await open('/')))).not.toBe(old);
    }, 10_000);
    const { stdout } = await deployment.muster(['status', '--json']);
    const { workers } = JSON.parse(stdout) as { workers: { pid: number; state: string }[] };
    expect(workers.map(({ pid, state }) => [pid === old, state])).toEqual([
      [true, 'draining'],
      [false, 'ready'],
    ]);
    // Read from before it is sent: a response that flows with nobody to read it loses what comes.
    const rest = text(response);
    await writeFile(join(deployment.app, 'answer'), '');
    expect(await rest).toBe('whole');
    await program.printed(/generation 1\) exited with code 0/);
  },
);

it('the only worker leaves, and no request fails', async () => {
  const { deployment, program, open } = await start('-w', '1');
  await writeFile(join(deployment.app, 'answer'), '');
  const load = startLoad(deployment.port, '/', 4);
  for (const [index, way] of ['/process', '/worker'].entries()) {
    expect(await text(await open(way))).toContain('whole');
    await program.printed(new RegExp(`generation ${index + 1}\\) exited with code 0`));
  }
  expect((await load.stop()).failures).toEqual({});
});

it('with others beside it no request fails, and one that does not end is killed', async () => {
  const { deployment, program, open } = await start('-w', '2', '--drain-timeout', '3s');
  await program.printed(/worker 1 .* is ready/);
  const load = startLoad(deployment.port, '/', 4);
  const unanswered = expect(open('/silent')).rejects.toThrow('socket hang up');
  await program.printed(/generation 2\) is ready/);
  await program.printed(/generation 1\) (was killed by SIGKILL|exited with code 1)/);
  const { answered, failures } = await load.stop();
  expect(failures).toEqual({});
  expect(answered).toBeGreaterThan(10);
  await unanswered;
});
