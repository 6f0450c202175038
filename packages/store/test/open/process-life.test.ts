// What keeps a process alive: what is under way does, and what is only open does not, on any engine.
import { mkdir } from 'node:fs/promises';
import { describe, expect, inject, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { startRedis } from '../../../../test/support/redis/server.js';
import { leaveOpen } from '../support/leave-open.js';
import { ownFolder } from '../support/own-folder.js';

const folder = await ownFolder();
const fixture = (name: string) => new URL(`../fixtures/${name}.js`, import.meta.url);
const ENDED = { code: 0, signal: null };

/** What is under way on every engine. */
const WAITS = ['lock', 'limit', 'leader'];

describe('a process ends by itself', () => {
  it('with stores open that are watched, and a lock held', async () => {
    const socket = folder.file('redis.sock');
    await mkdir(folder.path, { recursive: true });
    await using server = await startRedis({ args: ['--unixsocket', socket] });
    const urls = [server.url, `redis+unix://${socket}`, `lmdb:${folder.file('store')}`, 'memory:'];
    expect(await leaveOpen(urls)).toEqual({ ...ENDED, output: '1\n'.repeat(4) });
  });

  it('while its stores try to connect', async () => {
    const nobody = ['redis://127.0.0.1:1', 'redis+sentinel://127.0.0.1:1/master'];
    nobody.push('redis+cluster://127.0.0.1:1', 'redis+unix:///nobody/listens.sock');
    const env = { MUSTER_TEST_REDIS: inject('redisUrl') };
    await using program = runProgram(fixture('left-trying'), { args: nobody, env });
    const lines = [...nobody.map(() => 'MUSTER_STORE_UNREACHABLE'), 'degraded', ''];
    expect([await program.exited, program.output()]).toEqual([ENDED, lines.join('\n')]);
  });
});

describe('a process stays until what is under way has ended', () => {
  it.each([
    ['embedded', () => `lmdb:${folder.path}`],
    ['memory', () => 'memory:'],
  ])('%s', async (_, url) => {
    await using program = runProgram(fixture('under-way'), { args: [url(), ...WAITS] });
    expect([await program.exited, program.output()]).toEqual([ENDED, `${WAITS.join('\n')}\n`]);
  });

  it('redis, also where the server stands still', async () => {
    await using server = await startRedis();
    const names = [...WAITS, 'get'];
    const env = { MUSTER_TEST_PID: String(server.pid) };
    await using program = runProgram(fixture('under-way'), { args: [server.url, ...names], env });
    try {
      expect([await program.exited, program.output()]).toEqual([ENDED, `${names.join('\n')}\n`]);
    } finally {
      process.kill(server.pid ?? 0, 'SIGCONT');
    }
  });
});
