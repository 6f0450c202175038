import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'muster-roles-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

it('roles have slots, environments and rules of their own, and hooks are asked', async () => {
  await using program = runProgram(new URL('../fixtures/roles.js', import.meta.url), { cwd });
  await program.printed(/^up: 0 web,1 web,2 job,3 once$/m);
  await program.printed(/^web 1\.1 hello$/m);
  await program.printed(/^once 3\.1 slot-3 first,second$/m);
  // A job that fails is done again, until it ends with 0; one that is not to be replaced ends its role.
  await program.printed(/^hook: job 2 ended with 5$/m);
  await program.printed(/^job 2\.2$/m);
  await program.printed(/^stopped: job; web running,job stopped/m);
  await program.printed(/^stopped: once; .*once stopped$/m);
  expect(program.output()).toContain('the hook onWorkerExit failed; supervision goes on');

  await program.printed(/ready for SIGUSR2/);
  program.kill('SIGUSR2');
  await program.printed(/^the lock is free: true$/m);
  await program.printed(/^web 0\.2 hello$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

it('a job that is done stays done, also where somebody tried in vain to start it again', async () => {
  await using program = runProgram(new URL('../fixtures/job-done.js', import.meta.url), { cwd });
  await program.printed(/^MUSTER_WORKER_START 9$/m);
  await program.printed(/^reloaded: web$/m);
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

it('streams, upgraded and plain connections are ended by the app when it drains', async () => {
  const [port, tcpPort] = [await freePort(), await freePort()];
  await using program = runProgram(new URL('../fixtures/streams.js', import.meta.url), {
    cwd,
    env: { PORT: String(port), TCP_PORT: String(tcpPort) },
  });
  await program.printed(/cluster is up/);
  const host = '127.0.0.1';
  const [response] = (await once(request({ host, port }).end(), 'response')) as [Readable];
  const headers = { connection: 'upgrade', upgrade: 'x' };
  const [, upgraded] = (await once(request({ host, port, headers }).end(), 'upgrade')) as [
    unknown,
    Readable,
  ];
  const tcp = connect(tcpPort, host);
  await once(tcp, 'readable');
  program.kill('SIGTERM');
  expect(await text(response)).toBe('data: hello\n\nbye');
  expect(await text(upgraded)).toBe('bye');
  expect(await text(tcp)).toBe('hellobye');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
