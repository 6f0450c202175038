import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aliveAmong } from '../../../test/support/processes.js';
import { isAlive } from '../../../test/support/program.js';
import { type Program, startLoad, startProgram } from '../dist/index.js';

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url);
const PLAIN = fixture('plain-server.cjs');
const ask = async (url: string) => (await fetch(url)).text();
const childrenIn = (output: string) =>
  /children ([\d ]+)/.exec(output)?.[1]?.split(' ').map(Number) ?? [];

describe('a cluster under test', () => {
  let shop: Program;

  beforeAll(async () => {
    shop = await startProgram(fixture('shop.js'));
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  it('serves where it says, with the workers that it names', async () => {
    const workers = await shop.workers();
    expect(workers.map(({ slot, state }) => [slot, state])).toEqual([
      [0, 'ready'],
      [1, 'ready'],
    ]);
    expect(workers.map(({ pid }) => String(pid))).toContain(await ask(shop.url));
    expect(shop.url).toBe(`http://127.0.0.1:${shop.port}`);
    expect(shop.output()).toMatch(/^the shop starts\n/);
    expect((await shop.printed(/the (\w+) starts/g))[1]).toBe('shop');
  });

  it('loses nothing over a reload, on kept and on new connections', async () => {
    await using load = startLoad({ url: shop.url, connections: 4, perSecond: 200 });
    const before = (await shop.workers()).map(({ pid }) => pid);
    await shop.reload();
    expect((await shop.workers()).map(({ pid }) => pid)).not.toEqual(
      expect.arrayContaining([before[0]]),
    );
    const { answered, lost, lostCount } = await load.stop();
    expect({ lost, lostCount }).toEqual({ lost: [], lostCount: 0 });
    expect(answered).toBeGreaterThan(0);
    expect(load.answered).toBe(answered);
  });

  it('has a worker that is killed replaced', async () => {
    const pid = await shop.kill(0);
    const { workers } = await shop.recovered(pid);
    expect(workers.find(({ slot }) => slot === 0)?.lastExit?.signal).toBe('SIGKILL');
    expect(isAlive(pid)).toBe(false);
  });

  it('pauses a worker, and the primary, and resumes them', async () => {
    const resume = await shop.pause(1);
    const [paused] = (await shop.workers()).filter(({ slot }) => slot === 1);
    // The other one answers what it is given; a connection may wait for the one that is paused.
    expect(paused?.state).toBe('ready');
    resume();
    const resumePrimary = await shop.pause('primary');
    // The primary does not answer, and the worker is killed all the same.
    const killed = await shop.kill(1);
    expect(killed).toBe(paused?.pid);
    resumePrimary();
    await shop.recovered(killed);
    resume();
  });

  it('says why it waited in vain', async () => {
    const late = { code: 'MUSTER_TEST_PROGRAM', reason: 'late' };
    await expect(shop.waitFor(() => false, { timeoutMs: 1 })).rejects.toMatchObject({
      ...late,
      message: expect.stringMatching(
        /shop\.js did not fulfil the condition within 1 ms.*It printed:\n/s,
      ),
    });
    await expect(shop.printed(/never/, { timeoutMs: 1 })).rejects.toMatchObject(late);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(shop.printed(/never/, { signal })).rejects.toThrow('enough');
    await expect(shop.kill(7)).rejects.toMatchObject({ reason: 'no-worker' });
    const failing = shop.waitFor(() => Promise.reject(new Error('of the condition')));
    await expect(failing).rejects.toThrow('of the condition');
  });

  it('stops with all of its processes, also if one is paused and the primary is dead', async () => {
    const pids = (await shop.workers()).flatMap(({ pid }) => pid ?? []);
    await shop.pause(0);
    const waiting = shop.printed(/never/);
    pids.push(await shop.kill('primary'));
    const ended = expect(waiting).rejects.toMatchObject({ reason: 'ended' });
    await expect(shop.stop()).resolves.toEqual({ code: null, signal: 'SIGKILL', killed: false });
    await ended;
    expect(aliveAmong(pids)).toEqual([]);
    expect(existsSync(shop.runtimeDir)).toBe(false);
    await expect(shop.status()).rejects.toMatchObject({ reason: 'no-cluster' });
    // Their numbers may be those of others by now.
    const over = { reason: 'ended', message: expect.stringContaining('ended by SIGKILL, and has') };
    await expect(shop.kill(1)).rejects.toMatchObject(over);
    await expect(shop.kill('primary')).rejects.toMatchObject(over);
    await expect(shop.pause(1)).rejects.toMatchObject(over);
    await expect(shop.stop()).resolves.toMatchObject({ killed: false });
  });
});

it('runs a command of the folder, and stops it as in production', async () => {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  await using shop = await startProgram(['muster', 'start', 'test/fixtures/listens.cjs'], {
    cwd,
    args: ['--workers', '1'],
  });
  expect(await ask(shop.url)).toBe('listens');
  await expect(shop.stop()).resolves.toEqual({ code: 0, signal: null, killed: false });
});

it('runs what is no cluster: its port is printed, and its children end with it', async () => {
  await using plain = await startProgram(PLAIN, { ready: /port (\d+)/, env: { STUBBORN: '1' } });
  expect(await ask(plain.url)).toBe('plain');
  await expect(plain.workers()).rejects.toMatchObject({ reason: 'no-cluster' });
  const children = childrenIn(plain.output());
  expect(aliveAmong(children)).toHaveLength(children.length);
  await expect(plain.stop({ timeoutMs: 1 })).resolves.toMatchObject({ killed: true });
  expect(aliveAmong([plain.pid, ...children])).toEqual([]);
});

it('does not outlive the process that has started it, even if that is killed', async () => {
  const run = promisify(execFile)(process.execPath, [fileURLToPath(fixture('leaves-program.js'))]);
  const { stdout } = (await run.catch((error) => error)) as { stdout: string };
  const children = childrenIn(stdout);
  const runtimeDir = stdout.trim().split(' ').at(-1) ?? '';
  expect(children[0]).toBeGreaterThan(0);
  expect(runtimeDir).toMatch(/mt-\w{6}$/);
  await vi.waitFor(
    () => expect([aliveAmong(children), existsSync(runtimeDir)]).toEqual([[], false]),
    30_000,
  );
});

it('keeps a process alive that waits for its end', async () => {
  const path = fileURLToPath(fixture('awaits-exit.js'));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  expect(JSON.parse(stdout)).toEqual({ code: null, signal: 'SIGTERM' });
});

it('says how a program failed to start, and leaves nothing of it', async () => {
  const script = 'console.error("x".repeat(1e6) + "\\nboom"); process.exitCode = 3';
  const error = await startProgram(['node', '-e', script]).catch((error) => error);
  expect(error).toMatchObject({
    code: 'MUSTER_TEST_PROGRAM',
    reason: 'ended',
    output: `${'x'.repeat(1e6)}\nboom\n`,
    message: expect.stringContaining(
      'ended with code 3, and was not ready. No cluster has answered',
    ),
  });
  expect(error.message).toMatch(/It printed:\n…x+\nboom$/);
  expect(error.message.length).toBeLessThan(5_000);
});

it.each([
  [{ cmd: 5 }, 'cmd'],
  [{ timeout: 5 }, 'did you mean readyTimeoutMs, in milliseconds?'],
  [{ args: 'x' }, 'args is a list of strings'],
  [{ env: { PORT: 3000 } }, 'env.PORT is a string, and not the number 3000'],
  [{ env: { MUSTER_RUNTIME_DIR: '/tmp' } }, 'a runtime folder of its own'],
  [{ ready: 'soon' }, 'ready is'],
  [{ cwd: '/no/such/folder' }, 'cwd is the path of a folder that exists, and not the text'],
])('refuses the options %j', async (options, message) => {
  const code = 'MUSTER_INVALID_OPTION';
  await expect(startProgram('x.js', options as never)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});
