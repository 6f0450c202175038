// The sweep of what has expired: one process's job, which another one takes over when that is gone or stands still.
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import {
  closeEnvironment,
  type Environment,
  openEnvironment,
} from '../../dist/embedded/lmdb/environment.js';
import { pidOf } from '../../dist/embedded/shared-memory/processes.js';
import { WORD } from '../../dist/embedded/shared-memory/shared-page.js';
import { WorkerProcess } from '../support/worker-process.js';

const PATIENCE = { timeout: 15_000, interval: 5 };
const TIMES = 4_000;
/** Of one round, roughly. */
const ROUND_BYTES = TIMES * 1_000;
const root = await mkdtemp(join(tmpdir(), 'muster-sweep-'));
let tests = 0;
/** Of this process, which looks on and never sweeps. */
let environment: Environment;
let workers: WorkerProcess[];

beforeEach(async () => {
  const folder = join(root, `test-${++tests}`);
  const options = { durability: 'process', deadlineMs: 60_000, maxBytes: 1024 ** 3 } as const;
  environment = await openEnvironment(folder, options);
  workers = [];
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await closeEnvironment(environment);
  });
  workers = await Promise.all([1, 2, 3].map(() => WorkerProcess.start({ url: `lmdb:${folder}` })));
});
afterAll(() => rm(root, { recursive: true }));

/** The process that sweeps now, once there is one. */
async function sweeper(): Promise<WorkerProcess> {
  return vi.waitFor(() => {
    const { page } = environment;
    const holder = page.holderOf(Atomics.load(page.words, WORD.sweeper) - 1);
    const worker = workers.find(({ pid }) => holder !== undefined && pid === pidOf(holder));
    if (!worker) throw new Error('nobody sweeps');
    return worker;
  }, PATIENCE);
}

/** Entries that expire, or have and were not swept away yet. */
function lines(): number {
  const { expiries, read, endRead } = environment;
  const count = [...expiries.getKeys({ ...read })].length;
  endRead();
  return count;
}

async function swept(): Promise<void> {
  await vi.waitFor(() => expect(lines()).toBe(0), PATIENCE);
}

it('is taken over when its process is killed in the middle of it', async () => {
  for (let kills = 0; kills < 2; kills++) {
    const victim = await sweeper();
    // Once more where all was swept before this process looked.
    do await victim.order('expire', { key: 'a', times: TIMES, ttlMs: 1_500 });
    while (lines() === 0);
    await vi.waitFor(() => expect(lines()).toBeLessThan(TIMES), { ...PATIENCE, interval: 1 });
    await victim.kill();
    workers = workers.filter((worker) => worker !== victim);
    await workers[0]?.order('expire', { key: 'b', times: TIMES, ttlMs: 1 });
    await swept();
    expect(workers).toContain(await sweeper());
  }
});

it('is taken over when its process stands still, and left to the other one afterwards', () =>
  // Whoever stands still because the machine is busy loses it as well: then once more.
  vi.waitFor(async () => {
    const stopped = await sweeper();
    stopped.stop();
    const other = workers.find((worker) => worker !== stopped);
    await other?.order('expire', { key: 'a', times: TIMES, ttlMs: 1 });
    await swept();
    const next = await sweeper();
    stopped.go();
    expect(next).not.toBe(stopped);
    // It has looked again by the time that it answers.
    await stopped.order('expire', { key: 'b', times: 1, ttlMs: 1 });
    await swept();
    expect(await sweeper()).toBe(next);
  }, 90_000));

it('has the space of what has expired used again, also after it was taken over', async () => {
  const { path } = environment;
  const size = () => statSync(join(path, 'data.mdb')).size;
  const write = async (): Promise<void> => {
    await workers[0]?.order('expire', { key: `${size()}`, times: TIMES, ttlMs: 1 });
    await swept();
  };
  await write();
  const first = size();
  for (let round = 1; round <= 8; round++) {
    if (round === 2) {
      const victim = await sweeper();
      await victim.kill();
      workers = workers.filter((worker) => worker !== victim);
    }
    await write();
  }
  // Nine rounds in the room of three: pages are shared out unevenly.
  expect(size()).toBeLessThan(first + 2 * ROUND_BYTES);
});

it('frees the place of a killed process among the readers, of which there are only so many', async () => {
  const readers = () => environment.entries.readerList();
  const [victim] = workers;
  const line = new RegExp(`^ *${victim?.pid} `, 'm');
  await vi.waitFor(() => expect(readers()).toMatch(line), PATIENCE);
  workers = workers.slice(1);
  await victim?.kill();
  await vi.waitFor(() => expect(readers()).not.toMatch(line), PATIENCE);
});
