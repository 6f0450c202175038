// Sticky connections to a worker that does not take them: they cost the primary a bounded share of what it has, are
// answered, and cost the clients of other workers nothing.
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';
import { stickyLimits } from '../../dist/extensions/sticky/sticky-limits.js';

const FIXTURE = new URL('../fixtures/sticky.js', import.meta.url);
const WAIT = { timeout: 40_000, interval: 50 };

let folder: string;
let program: Program;
let port: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-sticky-'));
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Two workers, and no more descriptors than that for each process. */
async function run(sticky: object, descriptors?: number, env: Record<string, string> = {}) {
  port = await freePort();
  const options = { sticky, workers: 2, health: { hungAfterMs: 0 }, drain: { timeoutMs: 100 } };
  program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS: JSON.stringify(options), ...env },
    ...(descriptors !== undefined && { descriptors }),
  });
  await program.printed(/cluster is up/);
}

/** A client that asks once, and what it hears until the connection ends. */
function client({ cookie = '', path = '/', from = '127.0.0.1' }) {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  let heard = '';
  socket.setEncoding('utf8').on('data', (text) => {
    heard += text;
  });
  socket.on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: sid=${cookie}\r\n\r\n`,
  );
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)));
  return { socket, heard: () => heard, ended };
}

type ListeningServer = Parameters<typeof client>[0];

async function slotOf(asker: ListeningServer): Promise<number> {
  const [, slot] = /"slot":(\d)/.exec(await client(asker).ended) ?? [];
  return Number(slot);
}

/** Clients of the two slots. */
async function askers(
  make: (n: number) => ListeningServer,
): Promise<[blocked: ListeningServer, other: ListeningServer]> {
  const first = make(0);
  const slot = await slotOf(first);
  for (let n = 1; ; n++) if ((await slotOf(make(n))) !== slot) return [first, make(n)];
}

async function block(asker: ListeningServer): Promise<void> {
  client({ ...asker, path: '/block' });
  await program.printed(/^blocks \d/m);
}

const descriptors = async () => (await readdir(`/proc/${program.pid}/fd`)).length;

const kinds: [by: string, sticky: object, make: (n: number) => ListeningServer][] = [
  ['cookie', { by: 'cookie', name: 'sid' }, (n) => ({ cookie: `user-${n}` })],
  ['address', { by: 'ip' }, (n) => ({ from: `127.0.0.${n + 2}` })],
];

describe.runIf(process.platform === 'linux').each(kinds)(
  'a worker that is blocked, by %s',
  (_by, sticky, make) => {
    it('is waited for by some, and costs neither the others nor the primary', async () => {
      await run(sticky, 700);
      const [blocked, other] = await askers(make);
      const before = await descriptors();
      await block(blocked);
      const crowd = Array.from({ length: 1_500 }, () => client(blocked));
      let ended = 0;
      for (const { ended: end } of crowd) void end.then(() => ended++);
      const { waitingPerWorker } = stickyLimits(700);
      // All but those that wait, and the few on their way to the worker, are told at once.
      await vi.waitFor(() => expect(ended).toBeGreaterThan(1_500 - waitingPerWorker - 50), WAIT);
      // While as many wait as may. In the burst itself, more than may be read at a time have sent no head yet, and any may be refused.
      for (let n = 0; n < 20; n++) expect(await client(other).ended).toContain('"slot"');
      const most = waitingPerWorker + 50;
      // A client knows of its end before the primary has closed its side.
      await vi.waitFor(async () => expect((await descriptors()) - before).toBeLessThan(most), WAIT);
      const busy = crowd.filter(({ heard }) =>
        /^HTTP\/1\.1 503 .*Retry-After: 5\r\n/s.test(heard()),
      );
      expect(busy.length).toBeGreaterThan(0);
      expect(program.output()).toMatch(/does not take its connections: \d+ wait/);

      // Those that leave are forgotten, however they leave; those on their way cannot be seen to.
      crowd.forEach(({ socket }, n) => {
        if (n % 2 === 0) socket.end();
        else socket.resetAndDestroy();
      });
      await vi.waitFor(async () => expect((await descriptors()) - before).toBeLessThan(25), WAIT);
      const waits = client(blocked);
      await writeFile(join(folder, 'wake'), '');
      expect(await waits.ended).toContain('"slot"');
      await vi.waitFor(async () => expect((await descriptors()) - before).toBeLessThan(5), WAIT);
    });

    it('gets its clients when it goes on, each with all that it has sent', async () => {
      await run(sticky);
      const [blocked] = await askers(make);
      await block(blocked);
      const crowd = Array.from({ length: 100 }, () => client(blocked));
      await Promise.all(crowd.map(({ socket }) => once(socket, 'connect')));
      await writeFile(join(folder, 'wake'), '');
      const answers = await Promise.all(crowd.map(({ ended }) => ended));
      expect(answers.filter((answer) => answer.includes('"slot"'))).toHaveLength(100);
    });

    it('loses its clients to the next worker when it is killed', async () => {
      await run(sticky);
      const [blocked] = await askers(make);
      const [, pid] = /"pid":(\d+)/.exec(await client(blocked).ended) ?? [];
      await block(blocked);
      const crowd = Array.from({ length: 100 }, () => client(blocked));
      await Promise.all(crowd.map(({ socket }) => once(socket, 'connect')));
      process.kill(Number(pid), 'SIGKILL');
      const answers = await Promise.all(crowd.map(({ ended }) => ended));
      expect(answers.filter((answer) => answer.includes('"slot"'))).toHaveLength(100);
    });
  },
);

it('tells a client that has waited too long for its worker to come back later', async () => {
  await run({ by: 'cookie', name: 'sid' });
  const [blocked] = await askers((n) => ({ cookie: `user-${n}` }));
  await block(blocked);
  const crowd = Array.from({ length: 30 }, () => client(blocked));
  await vi.waitFor(
    () => expect(crowd.some(({ heard }) => heard().startsWith('HTTP/1.1 503'))).toBe(true),
    WAIT,
  );
});

describe.runIf(process.platform === 'linux')('clients that never end their first head', () => {
  it('leave the primary descriptors to go on with', async () => {
    await run({ by: 'cookie', name: 'sid' }, 700);
    // Those that are not waited for go to the worker of their address, whose own limits hold for them.
    const ofAddress = await slotOf({ cookie: '' });
    const others: ListeningServer[] = [];
    for (let n = 0; others.length < 10; n++) {
      const asker = { cookie: `user-${n}` };
      if ((await slotOf(asker)) !== ofAddress) others.push(asker);
    }
    const before = await descriptors();
    for (let n = 0; n < 1_000; n++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      socket.write('GET / HTTP/1.1\r\n');
    }
    for (const asker of others) expect(await client(asker).ended).toContain('"slot"');
    expect((await descriptors()) - before).toBeLessThan(250);
  });
});

it('a worker that listens on ever more addresses gets some, and an error for the others', async () => {
  await run({ by: 'cookie', name: 'sid' }, 700);
  const [one, other] = await askers((n) => ({ cookie: `user-${n}` }));
  const answer = await client({ ...one, path: '/listen' }).ended;
  const outcomes = JSON.parse(answer.slice(answer.indexOf('{'))) as Record<string, number>;
  expect(outcomes.listening).toBeLessThanOrEqual(stickyLimits(700).listenersPerWorker);
  expect(outcomes.EMFILE).toBeGreaterThan(0);
  expect(await client(other).ended).toContain('"slot"');
});

it.each([64, 256, 700, 1_024, 65_536, Number.POSITIVE_INFINITY])(
  'of %d descriptors, sticky connections hold at most a part',
  (count) => {
    const limits = stickyLimits(count);
    const { reading, waitingPerWorker, waiting, unrouted, refusing, listeners } = limits;
    const sum = reading + waiting + unrouted + refusing + listeners;
    expect(sum).toBeLessThan(count);
    expect(sum - count * 0.75).toBeLessThan(0);
    expect(waitingPerWorker * 2).toBeLessThanOrEqual(waiting);
    expect(Math.min(...Object.values(limits))).toBeGreaterThanOrEqual(1);
    expect(sum).toBeLessThan(8_000);
  },
);
