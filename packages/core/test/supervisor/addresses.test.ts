import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';
import {
  type ListenAddress,
  missingAddresses,
  readAddresses,
} from '../../dist/channel/listen-address.js';
import { graceMs } from '../../dist/supervisor/process/required-addresses.js';

interface Place {
  port?: number;
  path?: string;
  udp?: number;
  afterMs?: number;
  forMs?: number;
  exclusive?: boolean;
  probed?: boolean;
}

type Places = readonly Place[] | Record<number, readonly Place[]>;

async function start({ onTestFinished }: TestContext, places: Places, workers = 1) {
  const cwd = await mkdtemp(join(tmpdir(), 'mu-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const deploy = (next: Places) =>
    writeFile(
      join(cwd, 'listens.json'),
      JSON.stringify(Array.isArray(next) ? { all: next } : next),
    );
  await deploy(places);
  const fixture = new URL('../fixtures/addresses.js', import.meta.url);
  const program = runProgram(fixture, { cwd, env: { WORKERS: String(workers) } });
  onTestFinished(() => program[Symbol.asyncDispose]());
  await program.printed(/^cluster is up$/m);
  return { program, deploy };
}

/** Which worker answers: `<slot>.<generation>`. */
async function ask(port: number, path = '/'): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, path, agent: false }).end();
  const [response] = await once(sent, 'response');
  return text(response);
}

async function reload(program: Program): Promise<string | undefined> {
  const told = () => [...program.output().matchAll(/^reloaded: (.*)$/gm)];
  const earlier = told().length;
  program.kill('SIGHUP');
  await vi.waitFor(() => expect(told().length).toBeGreaterThan(earlier), 100_000);
  return told()[earlier]?.[1];
}

async function ports(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()));
}

describe.concurrent('a reload', () => {
  it('into other ports is aborted, says which are missing, and the old ones answer', async (context) => {
    const [one = 0, two = 0, other = 0] = await ports(3);
    const { program, deploy } = await start(context, [{ port: one }, { port: two }]);
    await deploy([{ port: other }]);
    const failed = await reload(program);
    expect(failed).toContain('ReloadFailedError');
    expect(failed).toContain(
      `does not listen on 127.0.0.1:${one}, 127.0.0.1:${two}, as the one before it did. ` +
        `It listens on 127.0.0.1:${other}.`,
    );
    expect(await Promise.all([ask(one), ask(two)])).toEqual(['0.1', '0.1']);
    await expect(ask(other)).rejects.toThrow('ECONNREFUSED');
  });

  it('with one more address is well, and so is one that opens its second port late', async (context) => {
    const [one = 0, two = 0] = await ports(2);
    const { program, deploy } = await start(context, [{ port: one }]);
    await deploy([{ port: one }, { port: two, afterMs: 300 }]);
    expect(await reload(program)).toBe('well');
    await program.printed(new RegExp(`^0\\.2 on ${two}$`, 'm'));
    expect(await reload(program)).toBe('well');
    expect(await Promise.all([ask(one), ask(two)])).toEqual(['0.3', '0.3']);
  });

  it('does not ask for a port that was closed again', async (context) => {
    const [one = 0, two = 0] = await ports(2);
    const { program, deploy } = await start(context, [
      { port: two, forMs: 1 },
      { port: one, afterMs: 400 },
    ]);
    await deploy([{ port: one }]);
    expect(await reload(program)).toBe('well');
    expect(await ask(one)).toBe('0.2');
  });

  it.for([1, 3])(
    'of %d workers that go elsewhere where somebody answers on their port is aborted',
    async (workers, context) => {
      const [one = 0] = await ports(1);
      const { program } = await start(context, [{ port: one, probed: true }], workers);
      expect(await reload(program)).toContain(`does not listen on 127.0.0.1:${one}`);
      expect(await ask(one)).toMatch(/^\d\.1$/);
    },
  );

  it('compares the workers of one slot', async (context) => {
    const [one = 0, two = 0] = await ports(2);
    const { program, deploy } = await start(context, { 0: [{ port: one }], 1: [{ port: two }] }, 2);
    expect(await reload(program)).toBe('well');
    expect(await Promise.all([ask(one), ask(two)])).toEqual(['0.2', '1.2']);
    await deploy({ 0: [{ port: one }], 1: [{ port: one }] });
    expect(await reload(program)).toContain(`worker 1 (role worker, generation 3) does not listen`);
    expect(await ask(two)).toBe('1.2');
  });

  it('takes any port for any port, and counts them', async (context) => {
    const { program, deploy } = await start(context, [{ port: 0 }, { port: 0 }]);
    expect(await reload(program)).toBe('well');
    await deploy([{ port: 0 }]);
    expect(await reload(program)).toMatch(/does not listen on 127\.0\.0\.1:\d+ \(any port\)/);
  });

  it('asks for the Unix socket and the UDP port, too', async (context) => {
    const [one = 0, udp = 0] = await ports(2);
    const { program, deploy } = await start(context, [{ port: one }, { path: 'a.sock' }, { udp }]);
    expect(await reload(program)).toBe('well');
    await deploy([{ port: one }]);
    const failed = await reload(program);
    expect(failed).toMatch(/does not listen on .*\/a\.sock/);
    expect(failed).toContain(`udp 127.0.0.1:${udp}`);
  });
});

it.concurrent('an address that is meant to go, goes with `muster reload --allow-missing`', async () => {
  await using deployment = await createDeployment();
  const other = await freePort();
  const code = (port: number) =>
    `require('node:http').createServer((_, response) => response.end('0.0')).listen(${port}, '127.0.0.1')`;
  await writeFile(join(deployment.app, 'app.cjs'), code(deployment.port));
  const program = deployment.start(['app.cjs', '-w', '1']);
  await program.printed(/worker 0 .* is ready/);
  await writeFile(join(deployment.app, 'app.cjs'), code(other));
  expect(await deployment.muster(['reload', '--allow-missing'])).toMatchObject({ code: 0 });
  await expect(ask(deployment.port)).rejects.toThrow('ECONNREFUSED');
  expect(await ask(other)).toBe('0.0');
  await program.printed(/worker 0 .*generation 2\) does not listen on/);
});

it.concurrent('restartWorker() keeps a worker whose successor lacks an address', async (context) => {
  const [one = 0, other = 0] = await ports(2);
  const { program, deploy } = await start(context, [{ port: one }]);
  await deploy([{ port: other }]);
  program.kill('SIGUSR2');
  await program.printed(
    new RegExp(`^restarted: WorkerStartError.* missing=127.0.0.1:${one}$`, 'm'),
  );
  expect(await ask(one)).toBe('0.1');
});

it.concurrent('what follows a crash serves where it can, and what it lacks is logged', async (context) => {
  const [one = 0, other = 0] = await ports(2);
  const { program, deploy } = await start(context, [{ port: one }]);
  await deploy([{ port: other }]);
  await ask(one, '/crash').catch(() => {});
  await program.printed(
    new RegExp(`worker 0 .*generation 2\\) does not listen on 127.0.0.1:${one}, as the one before`),
  );
  expect(await ask(other)).toBe('0.2');
});

const at = (name: string, anyPort = false): ListenAddress => ({ name, anyPort });

it.each<[ListenAddress[], ListenAddress[], string[]]>([
  [[], [], []],
  [[at('127.0.0.1:1')], [at('127.0.0.1:1'), at('127.0.0.1:2')], []],
  [[at('127.0.0.1:1'), at('[::1]:1')], [at('127.0.0.1:1')], ['[::1]:1']],
  [[at('127.0.0.1:1')], [at('0.0.0.0:1')], ['127.0.0.1:1']],
  [[at('127.0.0.1:4', true)], [at('127.0.0.1:5', true)], []],
  [
    [at('127.0.0.1:4', true), at('127.0.0.1:5', true)],
    [at('127.0.0.1:6', true)],
    ['127.0.0.1:5 (any port)'],
  ],
  [[at('127.0.0.1:4', true)], [at('127.0.0.1:4')], ['127.0.0.1:4 (any port)']],
  [[at('udp 127.0.0.1:1')], [at('127.0.0.1:1')], ['udp 127.0.0.1:1']],
])('of %j, %j lacks %j', (had, has, missing) => {
  expect(missingAddresses(had, has)).toEqual(missing);
});

it.each([
  [0, 30_000, 5_000],
  [1_000, 30_000, 5_000],
  [4_000, 30_000, 12_000],
  [20_000, 30_000, 30_000],
  [0, 1_000, 1_000],
])(
  'after %d ms of its predecessor, of %d at most, a worker is waited for %d ms',
  (took, most, ms) => {
    expect(graceMs(took, most)).toBe(ms);
  },
);

it.each([
  undefined,
  null,
  7,
  'x',
  {},
  [null],
  [7],
  [{}],
  [{ name: 7, anyPort: true }],
  [{ name: 'a' }],
  [{ name: 'a\nb', anyPort: false }],
  [{ name: 'x'.repeat(301), anyPort: false }],
])('%j from a worker is no list of addresses', (value) => {
  expect(readAddresses(value)).toBeUndefined();
});

it('no more than 256 addresses are kept, and nothing beside them', () => {
  const many = Array.from({ length: 2_000 }, (_, n) => ({
    name: `[::]:${n}`,
    anyPort: false,
    more: 1,
  }));
  const read = readAddresses(many);
  expect(read).toHaveLength(256);
  expect(read?.[0]).toEqual({ name: '[::]:0', anyPort: false });
});
