import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLoad } from '../../../../test/support/load.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort, onFreePort } from '../../../../test/support/redis/free-port.js';

const FIXTURE = new URL('../fixtures/sticky.js', import.meta.url);

type Who = { slot: number; generation: number; bytes: number };

let folder: string;
let program: Program | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-sticky-'));
});

afterEach(async () => {
  await program?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const run = (sticky: object, options: object = {}, env: Record<string, string> = {}) =>
  onFreePort((port) => runOn(port, sticky, options, env));

async function runOn(port: number, sticky: object, options: object, env: Record<string, string>) {
  const CLUSTER_OPTIONS = JSON.stringify({ sticky, ...options });
  program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS, ...env },
  });
  await program.printed(/cluster is up/);
  return { program, ...clientsOf(port), port };
}

/** Clients of one server: by address of loopback, by header, each request with a connection of its own unless told. */
function clientsOf(port: number) {
  const ask = (
    headers: Record<string, string> = {},
    { from = '127.0.0.1', agent = undefined as Agent | undefined, path = '/', body = '' } = {},
  ) =>
    new Promise<Who>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, localAddress: from, headers };
      const asked = request(
        { ...options, method: body ? 'POST' : 'GET', agent: agent ?? false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          response.once('error', reject);
          response.once('end', () => resolve(JSON.parse(text)));
        },
      );
      asked.once('error', reject);
      asked.end(body);
    });
  /** Where each client lands, asked twice. */
  const homes = async (clients: (() => Promise<Who>)[]) => {
    const first = await Promise.all(clients.map((client) => client()));
    const second = await Promise.all(clients.map((client) => client()));
    expect(second.map(({ slot }) => slot)).toEqual(first.map(({ slot }) => slot));
    return first.map(({ slot }) => slot);
  };
  return { ask, homes };
}

const many = <T>(count: number, make: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

describe('sticky routing', () => {
  it('keeps an address with its slot, and gives every slot some', async () => {
    const { ask, homes } = await run({ by: 'ip' });
    const found = await homes(many(24, (n) => () => ask({}, { from: `127.0.0.${n + 2}` })));
    expect(new Set(found)).toEqual(new Set([0, 1, 2]));
  });

  it('believes X-Forwarded-For of a proxy that is trusted, and of no other', async () => {
    const { ask, homes } = await run({ by: 'ip', trustedProxies: ['127.0.0.9'] });
    const forwarded = (from: string) =>
      many(24, (n) => () => ask({ 'x-forwarded-for': `198.51.100.${n}` }, { from }));
    expect(new Set(await homes(forwarded('127.0.0.9')))).toEqual(new Set([0, 1, 2]));
    expect(new Set(await homes(forwarded('127.0.0.1'))).size).toBe(1);
  });

  it('keeps a cookie with its slot, wherever its client connects from', async () => {
    const { ask, homes } = await run({ by: 'cookie', name: 'sid' });
    const clients = many(24, (n) => () => {
      const from = `127.0.0.${2 + Math.floor(Math.random() * 200)}`;
      return ask({ cookie: `other=1; sid=user-${n}` }, { from });
    });
    expect(new Set(await homes(clients))).toEqual(new Set([0, 1, 2]));
    expect(new Set(await homes(many(3, () => () => ask()))).size).toBe(1);
  });

  it('hands over bodies whole, and lets a kept-alive connection stay where it is', async () => {
    const { ask } = await run({ by: 'cookie', name: 'sid' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const slots = new Set<number>();
    for (let n = 0; n < 8; n++) {
      const body = 'x'.repeat(16_384 * n + 1);
      const answer = await ask({ cookie: `sid=${n}` }, { agent, body });
      expect(answer.bytes).toBe(body.length);
      slots.add(answer.slot);
    }
    agent.destroy();
    expect(slots.size).toBe(1);
  });

  it('moves only those to whom the slots matter when one is added', async () => {
    const { program, ask, homes } = await run({ by: 'cookie', name: 'sid' });
    const clients = many(24, (n) => () => ask({ cookie: `sid=${n}` }));
    const before = await homes(clients);
    program.kill('SIGTTIN');
    await program.printed(/scaled to 4/);
    const after = await homes(clients);
    const moved = after.filter((slot, n) => slot !== before[n]);
    expect(new Set(moved)).toEqual(new Set([3]));
  });

  it('moves the clients of a worker that crashed, and takes them back', async () => {
    const { program, ask, homes } = await run({ by: 'cookie', name: 'sid' });
    const clients = many(12, (n) => () => ask({ cookie: `sid=${n}` }));
    const before = await homes(clients);
    await ask({ cookie: 'sid=0' }, { path: '/crash' }).catch(() => {});
    await program.printed(new RegExp(`^ready ${before[0]}\\.2$`, 'm'));
    expect(await homes(clients)).toEqual(before);
  });

  it('has one worker go under with all of its clients, and serves them when it is back', async () => {
    const { program, ask } = await run({ by: 'ip' }, { workers: 1 });
    await ask({}, { path: '/crash' }).catch(() => {});
    // Nobody listens at this moment; the connection waits for who will.
    expect(await ask()).toMatchObject({ slot: 0, generation: 2 });
    await program.printed(/^ready 0\.2$/m);
  });

  it.each([{ by: 'ip' }, { by: 'cookie', name: 'sid' }])(
    'loses no request in a reload under load (by $by)',
    async (sticky) => {
      const { program, port } = await run(sticky, { reload: { watchMs: 0 } });
      const load = startLoad(port, '/?wait=5', 12);
      program.kill('SIGUSR2');
      await program.printed(/^reloaded 3$/m);
      const { answered, failures } = await load.stop();
      expect(failures).toEqual({});
      expect(answered).toBeGreaterThan(50);
    },
  );

  it('serves what is not HTTP by its address', async () => {
    const tcpPort = await freePort();
    await run({ by: 'cookie', name: 'sid' }, {}, { TCP_PORT: String(tcpPort) });
    const say = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(tcpPort, '127.0.0.1', () => socket.write('+hello'));
        socket.once('data', (data) => resolve(String(data)));
        socket.once('error', reject);
      });
    const answers = await Promise.all(many(4, say));
    expect(answers[0]).toMatch(/^\d \+hello$/);
    expect(new Set(answers).size).toBe(1);
  });

  it('fails to listen with the error of the address', async () => {
    const { port } = await run({ by: 'ip' });
    const CLUSTER_OPTIONS = JSON.stringify({ sticky: { by: 'ip' } });
    const second = runProgram(FIXTURE, {
      cwd: folder,
      env: { PORT: String(port), CLUSTER_OPTIONS },
    });
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.output()).toContain('EADDRINUSE');
  });

  it('stops with nobody left, and gives its address back', async () => {
    const { program, port } = await run({ by: 'ip' });
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await vi.waitFor(async () => {
      await expect(clientsOf(port).ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });
});
