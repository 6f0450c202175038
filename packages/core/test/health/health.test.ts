import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startLoad } from '../../../../test/support/load.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';
import { SocketClient } from '../../dist/extensions/control/socket-client.js';
import type { SlotStatus } from '../../dist/worker-status.js';

const FIXTURE = new URL('../fixtures/unwell.js', import.meta.url);

let folder: string;
let program: Program | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-health-'));
});

afterEach(async () => {
  await program?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const run = (
  health: object,
  options: object = {},
  env: Record<string, string> = {},
  descriptors?: number,
) => onFreePort((port) => runOn(port, health, options, env, descriptors));

async function runOn(
  port: number,
  health: object,
  options: object,
  env: Record<string, string>,
  descriptors?: number,
) {
  const CLUSTER_OPTIONS = JSON.stringify({ health, ...options });
  program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS, ...env },
    ...(descriptors && { descriptors }),
  });
  await program.printed(/cluster is up/);
  const pids = [...program.output().matchAll(/^started (\d) pid (\d+)$/gm)].map(([, , pid]) =>
    Number(pid),
  );
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: 'close' },
    });
    return (await response.json()) as unknown;
  };
  return { program, port, pids, get };
}

/** The line of the fixture that has this in it, from 1. */
async function lineOf(text: string) {
  const lines = (await readFile(FIXTURE, 'utf8')).split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}

describe('a worker that hangs', () => {
  it('has its stack logged, is replaced first and killed then, while the others serve', async () => {
    const control = join(folder, 'c.sock');
    const { program, port, get } = await run({ hungAfterMs: 500 }, { control });
    const hanging = get('/hang').catch(() => 'cut off');
    const [, slot] = await program.printed(/asked (\d) for \/hang/);
    const load = startLoad(port, '/who', 6);
    const [found] = await program.printed(/error worker\.hung: [\s\S]*?at hangsForEver .*/);
    expect(found).toMatch(/has not turned its event loop for \d+ ms; it is replaced\. It runs:/);
    expect(found).toContain(`unwell.js:${await lineOf('while (true)')}:`);
    await program.printed(new RegExp(`^ready ${slot}\\.2 pid`, 'm'));
    await program.printed(new RegExp(`^exit ${slot}\\.1 SIGKILL planned$`, 'm'));
    expect(await hanging).toBe('cut off');
    const { answered, failures } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBeGreaterThan(50);
    const output = program.output();
    expect(output.indexOf(`ready ${slot}.2`)).toBeLessThan(output.indexOf(`exit ${slot}.1`));

    // And it is kept with the exit.
    const client = await SocketClient.connect(control, 60_000);
    const { exits } = (await client.call('slot', { slot: Number(slot) })) as SlotStatus;
    client.close();
    expect(exits[0]).toMatchObject({
      generation: 1,
      hang: { at: expect.any(Number), silentMs: expect.any(Number) },
    });
    expect(exits[0]?.hang?.stack[0]).toMatchObject({
      name: 'hangsForEver',
      file: FIXTURE.pathname,
    });
  });

  it('and is stopped is said to be, and finishes what it has where it goes on in time', async () => {
    const { program, pids, get } = await run(
      { hungAfterMs: 1_000 },
      { workers: 1 },
      { WAKE: 'yes' },
    );
    const slow = get('/slow?ms=1000');
    await program.printed(/asked 0 for \/slow/);
    process.kill(Number(pids[0]), 'SIGSTOP');
    const [found] = await program.printed(/error worker\.hung: .*/);
    expect(found).toContain('Its stack could not be had');
    if (process.platform === 'linux') expect(found).toContain('It is stopped (SIGSTOP');
    expect(await slow).toBe('slow but whole');
    await program.printed(/^exit 0\.1 0 planned$/m);
    expect(program.output()).toMatch(/^ready 0\.2 pid/m);
  });

  it('and is held by a debugger is left to it, and so is the debugger', async () => {
    const { program, pids, get } = await run({ hungAfterMs: 1_000 }, { workers: 1 });
    process.kill(Number(pids[0]), 'SIGUSR1');
    const [, url = ''] = await program.printed(/Debugger listening on (ws:\S+)/);
    const debugging = new WebSocket(url);
    await once(debugging, 'open');
    let asked = 0;
    const ask = async (method: string, params = {}) => {
      const number = ++asked;
      const answered = new Promise<unknown>((resolve, reject) => {
        debugging.once('close', () => reject(new Error('the debugger was cut off')));
        debugging.on('message', (data) => {
          const { id, result } = JSON.parse(String(data));
          if (id === number) resolve(result);
        });
      });
      debugging.send(JSON.stringify({ id: number, method, params }));
      return answered;
    };
    await ask('Debugger.enable');
    const held = get('/breakpoint');
    await program.printed(/warn worker\.slow: .* a debugger holds it/);
    await ask('Debugger.resume');
    expect(await held).toBe('went on');
    expect(await get('/who')).toMatchObject({ generation: 1 });
    expect(await ask('Runtime.evaluate', { expression: 'process.pid' })).toMatchObject({
      result: { value: pids[0] },
    });
    debugging.terminate();
  });

  it('is none that has no file descriptor left to measure itself', async () => {
    const { program, get } = await run({ hungAfterMs: 1_000 }, { workers: 1 }, {}, 200);
    expect(await get('/descriptors')).toBe('EMFILE');
    expect(await get('/who')).toMatchObject({ generation: 1 });
    expect(program.output()).not.toContain('has not turned its event loop');
  });

  it('is none whose servers do not say how many connections they have', async () => {
    const { get } = await run({ hungAfterMs: 1_000 }, { workers: 1 });
    expect(await get('/uncounted')).toBe('heard');
    expect(await get('/who')).toMatchObject({ generation: 1 });
  });

  it('is none where it is the primary that was blocked', async () => {
    const { program, get } = await run({ hungAfterMs: 1_000 });
    program.kill('SIGUSR2');
    await program.printed(/the primary was blocked/);
    expect(await get('/who')).toMatchObject({ generation: 1 });
    expect(program.output()).not.toContain('has not turned its event loop');
  });
});

describe('a worker that outgrows or outlives its limits', () => {
  it('is replaced for its memory, replacement first, with no failed request', async () => {
    const { program, port, get } = await run({ maxRssBytes: 250 * 1_048_576 });
    const load = startLoad(port, '/who', 6);
    await get('/leak?mb=260');
    const [, slot] = await program.printed(/asked (\d) for \/leak/);
    await program.printed(
      /info worker\.memory: .* MB of memory, and health\.maxRssBytes is 250 MB/,
    );
    await program.printed(new RegExp(`^exit ${slot}\\.1 0 planned$`, 'm'));
    const { answered, failures } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBeGreaterThan(50);
    const output = program.output();
    expect(output.indexOf(`ready ${slot}.2`)).toBeLessThan(output.indexOf(`drained ${slot}.1`));
    expect(output).not.toMatch(new RegExp(`^ready ${1 - Number(slot)}\\.2`, 'm'));
  });

  it('is replaced for its age, one after the other, with no failed request', async () => {
    const { program, port } = await run({ maxAgeMs: 2_500 });
    const load = startLoad(port, '/who', 6);
    await program.printed(/^exit 0\.1 0 planned$/m);
    await program.printed(/^exit 1\.1 0 planned$/m);
    const { failures } = await load.stop();
    expect(failures).toEqual({});
    const order = program
      .output()
      .match(/^(ready \d\.2|info worker\.age: worker \d)/gm)
      ?.slice(0, 4);
    expect(order).toEqual([
      'info worker.age: worker 0',
      'ready 0.2',
      'info worker.age: worker 1',
      'ready 1.2',
    ]);
  });
});
