import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';

const FIXTURE = new URL('../fixtures/unix-app.cjs', import.meta.url).pathname;
const WAIT = { timeout: 20_000, interval: 50 };

async function deployed(): Promise<{ deployment: Deployment; socketPath: string }> {
  const deployment = await createDeployment();
  onTestFinished(() => deployment[Symbol.asyncDispose]());
  return { deployment, socketPath: join(deployment.app, 'app.sock') };
}

async function ask(socketPath: string): Promise<string> {
  const sent = request({ socketPath, agent: false }).end();
  const [response] = await once(sent, 'response');
  return text(response);
}

const sockets = async ({ app }: Deployment) =>
  (await readdir(app)).filter((name) => name.includes('.sock'));

it.each(['unlinksFirst', 'unlinksLast'])(
  '%s: the socket is there for every worker, over reloads, and gone at the end',
  async (HOW) => {
    const { deployment, socketPath } = await deployed();
    const program = deployment.start([FIXTURE, '-w', '3'], { HOW });
    await program.printed(/(is ready[\s\S]*){3}/);
    const answered = async () => {
      await vi.waitFor(async () => {
        const pids = await Promise.all(Array.from({ length: 9 }, () => ask(socketPath)));
        expect(new Set(pids).size).toBe(3);
      }, WAIT);
    };
    await answered();
    expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
    await answered();
    await program.printed(/app\.sock was removed while workers listen there, and was put back/);
    expect(await deployment.muster(['stop'])).toMatchObject({ code: 0 });
    expect(await sockets(deployment)).toEqual([]);
  },
);

it.each(['1', '3'])(
  'an app of %s that leaves its socket to Node: it is gone after a stop',
  async (workers) => {
    const { deployment, socketPath } = await deployed();
    const program = deployment.start([FIXTURE, '-w', workers]);
    await program.printed(/is ready: /);
    // Looked after from when a worker has joined.
    await vi.waitFor(
      async () => expect(await sockets(deployment)).toContain('.app.sock.muster'),
      WAIT,
    );
    await ask(socketPath);
    program.kill('SIGTERM');
    expect(await program.exited).toMatchObject({ code: 0 });
    expect(await sockets(deployment)).toEqual([]);
    expect(program.output()).not.toMatch(/put back|is gone, or/);
  },
);

it('a socket that anybody removes is put back; what somebody else puts there stays, and is told', async () => {
  const { deployment, socketPath } = await deployed();
  const program = deployment.start([FIXTURE, '-w', '2']);
  await program.printed(/(is ready[\s\S]*){2}/);
  await rm(socketPath);
  await vi.waitFor(() => ask(socketPath), WAIT);
  await rm(socketPath);
  await writeFile(socketPath, 'a file').catch(() => {});
  await vi.waitFor(async () => {
    await rm(socketPath, { force: true });
    await writeFile(socketPath, 'a file', { flag: 'wx' });
  }, WAIT);
  await program.printed(/app\.sock is gone, or is something else now/);
});

it('the only worker of a socket dies, and the next one has it', async () => {
  const { deployment, socketPath } = await deployed();
  const program = deployment.start([FIXTURE, '-w', '1'], { HOW: 'unlinksFirst' });
  await program.printed(/generation 1\) is ready/);
  process.kill(Number(await ask(socketPath)), 'SIGKILL');
  await program.printed(/generation 2\) is ready/);
  await ask(socketPath);
  expect(await deployment.muster(['stop'])).toMatchObject({ code: 0 });
  expect(await sockets(deployment)).toEqual([]);
});

it('a socket that a killed primary has left does not stop the next start', async () => {
  const { deployment, socketPath } = await deployed();
  const killed = deployment.start([FIXTURE, '-w', '2']);
  await killed.printed(/(is ready[\s\S]*){2}/);
  await killed[Symbol.asyncDispose]();
  expect(await sockets(deployment)).toContain('app.sock');

  const program = deployment.start([FIXTURE, '-w', '2']);
  await program.printed(/app\.sock was left by a process that is gone/);
  await program.printed(/(is ready[\s\S]*){2}/);
  await ask(socketPath);
  expect(await deployment.muster(['stop'])).toMatchObject({ code: 0 });
  expect(await sockets(deployment)).toEqual([]);
});

it('a socket that somebody listens on, and a file that is none, are left alone', async () => {
  const { deployment, socketPath } = await deployed();
  const other = createServer((socket) => socket.destroy());
  onTestFinished(() => void other.close());
  await once(other.listen(socketPath), 'listening');
  const program = deployment.start([FIXTURE, '-w', '2']);
  expect(await program.exited).toMatchObject({ code: 1 });
  expect(program.output()).toContain('EADDRINUSE');
  expect(await sockets(deployment)).toEqual(['app.sock']);

  await new Promise((resolve) => other.close(resolve));
  await writeFile(socketPath, 'a file');
  const second = deployment.start([FIXTURE, '-w', '2']);
  expect(await second.exited).toMatchObject({ code: 1 });
  expect(await sockets(deployment)).toEqual(['app.sock']);
});
