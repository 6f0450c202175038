import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

async function run(how: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'mu-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const ports = [await freePort(), await freePort()] as const;
  const fixture = new URL('../fixtures/listens.js', import.meta.url);
  const program = runProgram(fixture, { cwd, env: { HOW: how, PORTS: ports.join() } });
  onTestFinished(() => program[Symbol.asyncDispose]());
  await program.printed(/^cluster is up$/m);
  return { program, ports, socketPath: join(cwd, 'app.sock') };
}

/** Which worker answers: `<slot>.<generation>`. */
async function ask(options: RequestOptions): Promise<string> {
  const sent = request({ host: '127.0.0.1', agent: false, ...options }).end();
  const [response] = await once(sent, 'response');
  return text(response);
}

async function reload(program: Program) {
  program.kill('SIGHUP');
  await program.printed(/^reloaded: well$/m);
}

async function stop(program: Program) {
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
}

it('workers that listen on any port share one, and their successors have it too', async () => {
  const { program } = await run('anyPort');
  await reload(program);
  const ports = [...program.output().matchAll(/^(\d\.\d) .*port: (\d+)/gm)];
  expect(ports.map(([, who]) => who).sort()).toEqual(['0.1', '0.2', '1.1', '1.2']);
  expect(new Set(ports.map(([, , port]) => port)).size).toBe(1);
  expect(await ask({ port: Number(ports[0]?.[2]) })).toMatch(/^[01]\.2$/);
  await stop(program);
});

it('a unix socket is shared, outlives a reload, and is removed at the end', async () => {
  const { program, socketPath } = await run('unixSocket');
  expect(await ask({ socketPath })).toMatch(/^[01]\.1$/);
  await reload(program);
  expect(await ask({ socketPath })).toMatch(/^[01]\.2$/);
  await stop(program);
  expect(existsSync(socketPath)).toBe(false);
});

it('several ports are all served, before and after a reload', async () => {
  const { program, ports } = await run('severalPorts');
  await reload(program);
  for (const port of ports) expect(await ask({ port })).toMatch(/^[01]\.2$/);
  await stop(program);
});

it('a port that a worker has for itself aborts a reload, and says why; who has it serves on', async () => {
  const { program, ports } = await run('exclusive');
  program.kill('SIGHUP');
  await program.printed(/^reloaded: ReloadFailedError: .*EADDRINUSE/m);
  expect(await Promise.all(ports.map((port) => ask({ port })))).toEqual(['0.1', '1.1']);
  await stop(program);
});

it('datagrams are answered, before and after a reload', async () => {
  const { program, ports } = await run('datagrams');
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const answer = async () => {
    socket.send('who', ports[0], '127.0.0.1');
    const [message] = await once(socket, 'message');
    return String(message);
  };
  expect(await answer()).toMatch(/^[01]\.1$/);
  await reload(program);
  expect(await answer()).toMatch(/^[01]\.2$/);
  await stop(program);
});

it('a worker that leaves its cluster by itself drains, exits, and is replaced', async () => {
  const { program, ports } = await run('onePort');
  const port = ports[0];
  const [slot] = await ask({ port, path: '/leave' });
  await program.printed(
    new RegExp(`worker ${slot} \\(pid \\d+, generation 1\\) exited with code 0`),
  );
  await program.printed(new RegExp(`worker ${slot} \\(pid \\d+, generation 2\\) is ready`));
  await vi.waitFor(async () => expect(await ask({ port })).toBe(`${slot}.2`), 10_000);
  await stop(program);
});
