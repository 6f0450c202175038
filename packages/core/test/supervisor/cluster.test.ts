import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { isAlive, type Program, runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';
import { whileAwake } from '../../../../test/support/standstill.js';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);

let folder: string;
const programs: Program[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-core-'));
});

afterEach(async () => {
  for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function run(name: string, env: Record<string, string> = {}): Program {
  const program = runProgram(fixture(name), { cwd: folder, env });
  programs.push(program);
  return program;
}

const runServer = (options: object = {}, env: Record<string, string> = {}) =>
  onFreePort((port) => runServerOn(port, options, env));

async function runServerOn(port: number, options: object, env: Record<string, string>) {
  const program = run('server.js', {
    PORT: String(port),
    CLUSTER_OPTIONS: JSON.stringify(options),
    ...env,
  });
  await program.printed(/cluster is up/);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: 'close' },
    });
    return (await response.json()) as unknown;
  };
  const pids = [...program.output().matchAll(/^started (\d)\.1 pid (\d+)$/gm)].map((match) =>
    Number(match[2]),
  );
  return { port, program, get, pids };
}

type Who = { slot: number; generation: number; pid: number };

/** Asks until each of the slots has answered; round robin gets there soon. */
async function whoAnswers(get: (path: string) => Promise<unknown>, slots: number): Promise<Who[]> {
  const seen = new Map<number, Who>();
  await vi.waitFor(async () => {
    const who = (await get('/who')) as Who;
    seen.set(who.slot, who);
    expect(seen.size).toBe(slots);
  }, 10_000);
  return [...seen.values()].sort((a, b) => a.slot - b.slot);
}

describe('a cluster', () => {
  it('gives each worker a slot, and is up when all of them serve', async () => {
    const { get, pids } = await runServer({ workers: 3 });
    expect(pids).toHaveLength(3);
    expect(await whoAnswers(get, 3)).toEqual(
      pids.map((pid, slot) => ({ slot, generation: 1, role: 'worker', pid })),
    );
  });

  it.each([
    { how: 'killed', path: '/kill', reported: 'SIGKILL' },
    { how: 'exits with 1', path: '/exit?code=1', reported: '1' },
    { how: 'exits with 0', path: '/exit?code=0', reported: '0' },
  ])(
    'replaces a worker that is $how, in its slot, with the next generation',
    async ({ path, reported }) => {
      const { get, program } = await runServer({ workers: 1 });
      await get(path).catch(() => {});
      await program.printed(new RegExp(`^exit 0\\.1 ${reported} unplanned$`, 'm'));
      await program.printed(/^ready 0\.2 pid \d+$/m);
      expect(await get('/who')).toMatchObject({ slot: 0, generation: 2 });
      // The listener of the fixture that throws was reported, and changed nothing.
      expect(program.output()).toContain("a listener of 'workerReady' failed");
    },
  );

  it('goes on serving while a worker is replaced', async () => {
    const { get, program, pids } = await runServer();
    process.kill(Number(pids[0]), 'SIGKILL');
    await program.printed(/^exit 0\.1 SIGKILL/m);
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('/who')));
    expect(answers).toHaveLength(50);
    await program.printed(/^ready 0\.2/m);
  });

  it.each(['embedded', 'redis'])('wires store and bus into the workers (%s)', async (engine) => {
    const store = engine === 'redis' ? { store: { url: inject('redisUrl') } } : {};
    const { get } = await runServer(store);
    expect(await get('/engine')).toBe(engine);
    await whoAnswers(get, 2);
    const first = Number(await get('/count'));
    const counts = await Promise.all(Array.from({ length: 100 }, () => get('/count')));
    expect(counts.map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => first + 1 + index),
    );
    await get('/say?text=hello');
    await vi.waitFor(async () => {
      const heard = (await get('/heard')) as unknown[];
      expect(heard).toHaveLength(1);
      expect(heard).toMatchObject([{ text: 'hello' }]);
    }, 10_000);
  });

  it('survives nonsense from a worker', async () => {
    const { get, program } = await runServer();
    for (let i = 0; i < 4; i++) await get('/nonsense');
    await whoAnswers(get, 2);
    expect(program.output()).not.toMatch(/^exit/m);
  });

  it('runs worker code that is a module, with the environment of the options', async () => {
    const program = run('primary-of-module.js');
    await program.printed(/module in slot 0: hello from the options/);
    await program.printed(/module in slot 1: hello from the options/);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('runs a worker file whatever its path is made of', async () => {
    const odd = join(folder, 'a #b? 100% ü');
    await mkdir(odd);
    await writeFile(join(odd, 'worker.mjs'), 'console.log("odd worker runs")');
    const program = run('primary-of-any-file.js', { WORKER: join(odd, 'worker.mjs') });
    await program.printed(/odd worker runs/);
    await program.printed(/cluster is up/);
  });

  it('can be followed by another one, which has its own settings', async () => {
    const program = run('one-after-the-other.js');
    await program.printed(/function worker on lmdb:.*default-store/);
    expect(program.output()).toMatch(/module in slot 0: first/);
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('is up only when each worker said so, where that is asked for', async () => {
    const program = run('manual-ready.js');
    await program.printed(/up with ready,ready/);
    await program.printed(/stopped with 0/);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output().indexOf('up with')).toBeGreaterThan(
      program.output().lastIndexOf('about to be ready'),
    );
  });
});

describe('a cluster that cannot start', () => {
  it('rejects, says which worker, and leaves nothing running', async () => {
    const program = run('broken.js');
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.output()).toContain('the config is missing');
    expect(program.output()).toMatch(
      /WorkerStartError: .*worker \d .* exited with code 1 before it was ready.*config is missing/,
    );
    expect(program.output()).toContain('MUSTER_WORKER_START');
  });

  it('rejects where the port is taken, and says so', async () => {
    const { port } = await runServer();
    const program = run('server.js', { PORT: String(port) });
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.output()).toContain('EADDRINUSE');
    expect(program.output()).toMatch(
      /worker \d .* exited with code 1 before it was ready.*EADDRINUSE/,
    );
  });

  it('rejects where a worker is not ready in time', async () => {
    const program = run('never-ready.js');
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.output()).toMatch(
      /WorkerStartError: .*worker 0 .* was not ready in time, .* after \d+ ms/,
    );
  });

  it('stops with a code of its own where a worker dies again and again', async () => {
    const program = run('crash-loop.js');
    expect(await program.exited).toEqual({ code: 70, signal: null });
    expect(program.output()).toMatch(
      /crash 4 of slot 0 within 60000 ms, and nothing of the role serves/,
    );
    // One that was given up has not recovered.
    expect(program.output().match(/^heard \w+$/gm)).toEqual([
      'heard roleDegraded',
      'heard roleStopped',
    ]);
    expect(program.output()).not.toContain('has recovered');
  });
});

describe('the end of a cluster', () => {
  it('answers what was accepted, then exits with 0', async () => {
    const { port, program, pids } = await runServer();
    const slow = fetch(`http://127.0.0.1:${port}/until-drained`);
    await program.printed(/a request waits on/);
    program.kill('SIGTERM');
    const response = await slow;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toBe('answered in the drain');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output().match(/^drained \d$/gm)).toHaveLength(2);
    expect(program.output()).toContain('an onDrain listener failed');
    expect(pids.filter(isAlive)).toEqual([]);
  });

  // Which is left open for a second.
  it('serves a request that comes over a kept-alive connection while it drains', () =>
    whileAwake(async () => {
      const { port, program } = await runServer({ workers: 1 });
      const { Agent } = await import('node:http');
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = () =>
        new Promise<string | undefined>((resolve, reject) => {
          request({ port, host: '127.0.0.1', path: '/who', agent }, (response) => {
            response.resume().once('end', () => resolve(response.headers.connection));
          })
            .once('error', reject)
            .end();
        });
      expect(await ask()).toBe('keep-alive');
      program.kill('SIGTERM');
      await program.printed(/^drained 0$/m);
      expect(await ask()).toBe('close');
      agent.destroy();
      expect(await program.exited).toEqual({ code: 0, signal: null });
    }));

  it('kills a worker that drains too long', async () => {
    const { port, program, pids } = await runServer({ workers: 1, drain: { timeoutMs: 300 } });
    const slow = fetch(`http://127.0.0.1:${port}/slow?ms=60000`).then(
      () => 'answered',
      () => 'cut off',
    );
    await program.printed(/slow request on/);
    program.kill('SIGTERM');
    expect(await slow).toBe('cut off');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('is forced by a second signal', async () => {
    const { port, program, pids } = await runServer();
    const slow = fetch(`http://127.0.0.1:${port}/slow?ms=60000`).catch(() => {});
    await program.printed(/slow request on/);
    program.kill('SIGINT');
    await program.printed(/^drained \d$/m);
    program.kill('SIGINT');
    expect(await program.exited).toEqual({ code: 1, signal: null });
    await slow;
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 10_000);
  });

  it.each([
    ['ends the process at once', 'process.exit(3)'],
    ['ends it later', 'setTimeout(() => process.exit(3), 1)'],
    ['sends the signal again', "process.kill(process.pid, 'SIGTERM')"],
  ])('is waited for where a listener of a preload %s', async (_, code) => {
    const preload = join(folder, 'preload.mjs');
    // In the workers as well, where a drain calls it once.
    await writeFile(
      preload,
      `import { writeSync } from 'node:fs';
process.once('SIGTERM', () => {
  writeSync(1, 'heard in ' + (process.env.MUSTER_SLOT ?? 'the primary') + '\\n');
  ${code};
});`,
    );
    const { port, program, pids } = await runServer({}, { NODE_OPTIONS: `--import ${preload}` });
    const asked = fetch(`http://127.0.0.1:${port}/slow?ms=1500`);
    await program.printed(/slow request on/);
    program.kill('SIGTERM');
    expect(await (await asked).json()).toBe('slow but whole');
    // It is still there to hear of the ends of its workers.
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toContain('heard in the primary');
    for (const slot of [0, 1])
      expect(program.output()).toMatch(new RegExp(`^exit ${slot}\\.1 .* planned$`, 'm'));
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('drains its workers where the primary is killed, and leaves no orphan', async () => {
    const { port, program, pids } = await runServer();
    const slow = fetch(`http://127.0.0.1:${port}/slow?ms=700`);
    await program.printed(/slow request on/);
    program.kill('SIGKILL');
    expect(await (await slow).json()).toBe('slow but whole');
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 10_000);
  });

  it.each([
    { type: 'transient', codes: [0, 0], exit: 0 },
    { type: 'temporary', codes: [0, 0], exit: 0 },
    { type: 'temporary', codes: [0, 3], exit: 70 },
  ])(
    'comes by itself when its workers ($type) have ended with $codes: it exits with $exit',
    async ({ type, codes, exit }) => {
      const program = run('endings.js', {
        CODES: JSON.stringify(codes),
        RESTART: JSON.stringify({ type }),
      });
      expect(await program.exited).toEqual({ code: exit, signal: null });
      expect(program.output()).toContain('its workers have ended, and are not to be replaced');
    },
  );
});
