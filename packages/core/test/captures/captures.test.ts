// CPU profiles and heap snapshots of running workers, over the control socket of one cluster.
import { spawnSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MUSTER } from '../../../../test/support/deployment.js';
import { listeningPorts } from '../../../../test/support/processes.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { readReport } from '../../dist/channel/capture-message.js';
import { pauseText } from '../../dist/command/capture/pause.js';
import { CaptureFolder } from '../../dist/extensions/captures/captured-file.js';
import type { TakenCapture } from '../../dist/extensions/control/calls/capture-calls.js';
import {
  type RefusedCallError,
  SocketClient,
} from '../../dist/extensions/control/socket-client.js';
import type { SlotStatus, WorkerStatus } from '../../dist/worker-status.js';
import { hottestIn } from './cpu-profile.js';
import { expectSnapshot } from './heap-snapshot.js';

const FIXTURE = new URL('../fixtures/captured.js', import.meta.url);
const SPINS = 0;
const IDLE = 1;

let folder: string;
let temporary: string;
let program: Program;
const clients: SocketClient[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mu-cap-'));
  temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const CLUSTER_OPTIONS = JSON.stringify({ control: join(folder, 'c.sock') });
  program = runProgram(FIXTURE, { cwd: folder, env: { CLUSTER_OPTIONS, TMPDIR: temporary } });
  await program.printed(/cluster is up/);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function connect(): Promise<SocketClient> {
  const client = await SocketClient.connect(join(folder, 'c.sock'), 60_000);
  clients.push(client);
  return client;
}

/** On a connection of its own. */
async function call(name: string, args: object): Promise<unknown> {
  const client = await connect();
  try {
    return await client.call(name, { ...args });
  } finally {
    client.close();
  }
}

/** All that a capture has, as text. */
async function take(name: string, args: object): Promise<string> {
  const client = await connect();
  try {
    const taken = (await client.call(name, { ...args })) as TakenCapture;
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < taken.bytes; offset += pieces.at(-1)?.length ?? 0) {
      pieces.push(Buffer.from((await client.call('read', { offset })) as string, 'base64'));
      expect(pieces.at(-1)?.length).toBeGreaterThan(0);
    }
    return Buffer.concat(pieces).toString();
  } finally {
    client.close();
  }
}

const pidOf = async (slot: number) =>
  ((await call('slot', { slot })) as SlotStatus).workers[0]?.pid ?? -1;

/** What a call was refused for. */
const refusalOf = (answer: Promise<unknown>) =>
  answer.then(
    () => undefined,
    (error) => (error as RefusedCallError).answered,
  );

describe('a profile of a worker', () => {
  it('has what it does, and nobody could attach meanwhile', async () => {
    const pid = await pidOf(SPINS);
    const ports = listeningPorts(pid);
    await vi.waitFor(async () => {
      const taking = take('profile', { slot: SPINS, forMs: 300 });
      expect(listeningPorts(pid)).toEqual(ports);
      expect(hottestIn(await taking)).toBe('spinsInTurns');
    });
    await vi.waitFor(async () => {
      const idle = await take('profile', { slot: IDLE, forMs: 100 });
      expect(hottestIn(idle)).toMatch(/^\((program|idle)\)$/);
    });
  });

  it('ends before its time when it is asked to, and is kept; another one meanwhile is refused', async () => {
    const client = await connect();
    const taking = client.call('profile', { slot: IDLE, forMs: 300_000 });
    await vi.waitFor(async () => {
      const refusal = await refusalOf(call('profile', { slot: IDLE, forMs: 1 }));
      expect(refusal).toMatchObject({
        code: 'MUSTER_CAPTURE_FAILED',
        details: { slot: IDLE, reason: 'busy' },
      });
    });
    // Also of a heap, and of this connection.
    expect(await refusalOf(call('heap', { slot: IDLE }))).toMatchObject({
      details: { reason: 'busy' },
    });
    expect(await refusalOf(client.call('profile', { slot: SPINS }))).toMatchObject({
      code: 'MUSTER_INVALID_OPTION',
    });
    await client.call('finish');
    expect(await taking).toMatchObject({ kind: 'profile', slot: IDLE, bytes: expect.any(Number) });
  });

  it('is dropped with the connection that asked for it', async () => {
    const client = await connect();
    const taking = refusalOf(client.call('profile', { slot: IDLE, forMs: 300_000 }));
    await vi.waitFor(async () => expect(await readdir(temporary)).toHaveLength(1));
    client.close();
    await taking;
    // The worker has ended it: the next one can be had.
    await vi.waitFor(() => take('profile', { slot: IDLE, forMs: 1 }));
    await vi.waitFor(async () => expect(await readdir(temporary)).toEqual([]));
  });

  it.each([
    [{ slot: 7 }, 'MUSTER_INVALID_OPTION', /no slot 7/],
    [{ slot: IDLE, forMs: 0 }, 'MUSTER_INVALID_OPTION', /forMs/],
    [{ slot: IDLE, forMs: 300_001 }, 'MUSTER_INVALID_OPTION', /five minutes/],
    [{ slot: IDLE, seconds: 3 }, 'MUSTER_INVALID_OPTION', /no option "seconds"/],
  ])('is not begun with %j', async (args, code, message) => {
    const refusal = await refusalOf(call('profile', args));
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe('a heap snapshot of a worker', () => {
  it('is whole', async () => {
    // Nothing else needs a worker that spins.
    await writeFile(join(folder, 'rest'), '');
    const names = expectSnapshot(await take('heap', { slot: SPINS }));
    expect(names).toContain('spinsInTurns');
  });

  it('says that the disk is full, and leaves nothing there', async (context) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', temporary]);
    context.skip(mounted.status !== 0, 'may not mount a small disk to fill; run it as root');
    try {
      const refusal = await refusalOf(call('heap', { slot: IDLE }));
      expect(refusal).toMatchObject({
        message: expect.stringContaining('ENOSPC'),
        details: { reason: 'failed' },
      });
      await vi.waitFor(async () => expect(await readdir(temporary)).toEqual([]));
    } finally {
      spawnSync('umount', ['-l', temporary]);
    }
    // The worker goes on.
    await take('profile', { slot: IDLE, forMs: 1 });
  });
});

describe('a worker that cannot answer', () => {
  it('stands still: an error says so in time, and the next one can be had when it goes on', async () => {
    const pid = await pidOf(IDLE);
    process.kill(pid, 'SIGSTOP');
    try {
      const refusal = await refusalOf(call('profile', { slot: IDLE }));
      expect(refusal).toMatchObject({
        message: expect.stringMatching(/No profile of worker 1 was taken: .*does not turn/),
        details: { reason: 'silent' },
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await vi.waitFor(() => take('profile', { slot: IDLE, forMs: 1 }));
  });

  it('dies half-way: an error says so, and its successor is profiled', async () => {
    const client = await connect();
    const taking = refusalOf(client.call('profile', { slot: IDLE, forMs: 300_000 }));
    await vi.waitFor(async () => expect(await readdir(temporary)).toHaveLength(1));
    process.kill(await pidOf(IDLE), 'SIGKILL');
    expect(await taking).toMatchObject({ details: { reason: 'exited' } });
    await vi.waitFor(() => take('profile', { slot: IDLE, forMs: 1 }));
    await vi.waitFor(async () => expect(await readdir(temporary)).toEqual([]));
  });
});

describe('the pause for a heap snapshot', () => {
  const worker = { slot: 2, state: 'ready' } as WorkerStatus;
  it.each([
    [[], /^Worker 2 answers .* It has not said how big its heap is\.$/],
    [[worker], /It has not said how big/],
    [[{ ...worker, heapUsedBytes: 1e6 }], /: about 1 s, as its heap has 977 KB\./],
    [[{ ...worker, heapUsedBytes: 300 * 2 ** 20 }], /: 10 to 60 s, as its heap has 300 MB\./],
  ])('is told from what it reported: %j', (workers, says) => {
    expect(pauseText({ slot: 2, workers })).toMatch(says);
  });
});

describe('the logs of a cluster whose workers have its stdout', () => {
  it('are their stderr, and the command says so', async () => {
    await expect(call('logs', {})).resolves.toMatchObject({ outputs: 'stderr', missed: false });
    const args = [MUSTER, 'logs', '-s', join(folder, 'c.sock')];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['', 0]);
    expect(stderr).toMatch(/what they print on stdout does not pass through the primary/);
  });
});

describe('what a worker has written', () => {
  it.each([
    ['nothing', () => {}, 'ENOENT'],
    ['a link', (path: string) => symlink('/etc/passwd', path), 'ELOOP'],
    ['another name of a file', (path: string) => link(process.execPath, path), 'is no file'],
    ['a folder', (path: string) => mkdir(path), 'is no file'],
    ['a pipe', (path: string) => void spawnSync('mkfifo', [path]), 'is no file'],
  ])('is not read if it is %s', async (_, write, says) => {
    const captured = new CaptureFolder();
    try {
      await write(captured.file);
      await expect(captured.open()).rejects.toThrow(says);
    } finally {
      await captured.remove();
    }
  });

  it('is read in pieces, also when its folder is gone', async () => {
    const captured = new CaptureFolder();
    await writeFile(captured.file, 'abcde');
    const file = await captured.open();
    await captured.remove();
    expect(file.bytes).toBe(5);
    expect(
      [await file.read(0, 3), await file.read(3, 99), await file.read(5, 9)].map(String),
    ).toEqual(['abc', 'de', '']);
    await file.close();
  });
});

describe('what a worker reports', () => {
  it.each([
    [undefined, undefined],
    [{ type: 'ended' }, undefined],
    [{ type: 'ended', id: 'x' }, undefined],
    [{ type: 'over', id: 1 }, undefined],
    [
      { type: 'began', id: 1, error: 'x' },
      { type: 'began', id: 1 },
    ],
    [
      { type: 'ended', id: 1 },
      { type: 'ended', id: 1 },
    ],
    [
      { type: 'ended', id: 1, error: 'x'.repeat(9_999) },
      { type: 'ended', id: 1, error: 'x'.repeat(500) },
    ],
  ])('%j is read as %j', (message, read) => {
    expect(readReport(message)).toEqual(read);
  });
});
