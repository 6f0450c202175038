import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createSharedStore, type SharedStoreOptions } from '@muster/store';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { round } from '../../../../test/chaos/rounds.js';
import { WorkerProcess } from '../support/worker-process.js';

const folder = await mkdtemp(join(tmpdir(), 'muster-store-'));
/** For processes to start and work in, on a busy machine. */
const PATIENCE = { timeout: 30_000 };
const running: WorkerProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.kill()));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(options: SharedStoreOptions): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start(options);
  running.push(worker);
  return worker;
}

/** Until it is killed. */
function forever(worker: WorkerProcess, key: string): void {
  worker.order('incrementForever', { key }).catch(() => {});
}

describe.each<[engine: string, options: SharedStoreOptions]>([
  ['embedded', { url: `lmdb:${folder}/data` }],
  ['redis', { url: inject('redisUrl'), keyPrefix: `muster-test:${randomUUID()}:` }],
])('several processes on the %s engine', (_, options) => {
  let workers: WorkerProcess[];
  beforeAll(async () => {
    workers = await Promise.all([1, 2, 3, 4].map(() => WorkerProcess.start(options)));
  });
  afterAll(() => Promise.all(workers.map((worker) => worker.kill())));

  it('increments of 4 processes sum up exactly, each with a number of its own', async () => {
    const times = round({ short: 300, full: 1_000 });
    const numbers = await Promise.all(
      workers.map((worker) => worker.order('increment', { key: 'sum', times })),
    );
    expect(new Set(numbers.flat()).size).toBe(4 * times);
    expect(await workers[0]?.order('get', { key: 'sum' })).toBe(4 * times);
  });

  it('4 processes that count to a bound get there, each number once, and no further', async () => {
    const order = { key: 'bounded', times: 500, max: 700 };
    const numbers = await Promise.all(
      workers.map((worker) => worker.order('incrementUpTo', order)),
    );
    const sorted = (numbers as number[][]).flat().sort((a, b) => a - b);
    expect(sorted).toEqual(Array.from({ length: order.max }, (_, n) => n + 1));
    expect(await workers[0]?.order('get', { key: 'bounded' })).toBe(order.max);
  });

  it('4 processes that hammer one rate limit get its burst between them, to the last one', async () => {
    const order = { key: 'hammered', times: 500, max: 700 };
    const allowed = await Promise.all(workers.map((worker) => worker.order('take', order)));
    expect((allowed as number[]).reduce((sum, n) => sum + n, 0)).toBe(order.max);
  });

  it('updates of 4 processes lose none', async () => {
    const times = 200;
    await Promise.all(workers.map((worker) => worker.order('update', { key: 'updated', times })));
    expect(await workers[0]?.order('get', { key: 'updated' })).toBe(4 * times);
  });

  it('increments by compareAndSet of 4 processes lose none', async () => {
    const order = { key: 'compared', times: 200 };
    await Promise.all(workers.map((worker) => worker.order('compareAndSet', order)));
    expect(await workers[0]?.order('get', { key: 'compared' })).toBe(4 * order.times);
  });

  it('of 4 processes that take the same values out, one gets each', async () => {
    const order = { key: 'taken', times: 500 };
    await workers[0]?.order('fill', order);
    const taken = await Promise.all(workers.map((worker) => worker.order('getAndDelete', order)));
    const values = (taken as number[][]).flat().sort((a, b) => a - b);
    expect(values).toEqual([...Array(order.times).keys()]);
  });

  it('a read after an acknowledged write of another process sees it', async () => {
    const [writer, reader] = workers as [WorkerProcess, WorkerProcess];
    for (let n = 0; n < 100; n++) {
      await writer.order('set', { key: 'seen', value: n });
      expect(await reader.order('get', { key: 'seen' })).toBe(n);
    }
  });

  it('a SIGKILL at any moment loses no acknowledged increment and holds nobody up', async () => {
    const kills = round({ short: 2, full: 5 });
    const key = 'killed';
    const dead: WorkerProcess[] = [];
    const victims = await Promise.all([1, 2, 3].map(() => start(options)));
    for (const worker of victims) forever(worker, key);
    for (let n = 0; n < kills; n++) {
      const victim = victims[n % victims.length] as WorkerProcess;
      await vi.waitFor(() => expect(victim.acknowledged).toBeGreaterThan(50), PATIENCE);
      await victim.kill();
      dead.push(victim);
      const survivors = victims.filter((worker) => worker !== victim);
      const before = survivors.map((worker) => worker.acknowledged);
      const next = await start(options);
      forever(next, key);
      victims[n % victims.length] = next;
      await vi.waitFor(() => {
        for (const [i, worker] of survivors.entries()) {
          expect(worker.acknowledged).toBeGreaterThan(before[i] as number);
        }
      }, PATIENCE);
    }
    await Promise.all(victims.map((worker) => worker.kill()));
    const all = [...dead, ...victims];
    const acknowledged = all.reduce((sum, worker) => sum + worker.acknowledged, 0);
    const store = createSharedStore(options);
    const stored = Number(await store.namespace('processes').get(key));
    await store.close();
    // Each may have been killed between the commit of one increment and telling about it.
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    expect(stored).toBeLessThanOrEqual(acknowledged + all.length);
  });
});

it('processes that start while others write disturb nobody', async () => {
  const url = `lmdb:${folder}/opened`;
  const script = fileURLToPath(new URL('../fixtures/open-and-close.js', import.meta.url));
  const writers = await Promise.all([start({ url }), start({ url })]);
  const openers = [1, 2].map(() =>
    once(spawn(process.execPath, [script, url, String(round({ short: 40, full: 400 }))]), 'exit'),
  );
  let finished = false;
  const opening = Promise.all(openers).then((exits) => {
    finished = true;
    return exits;
  });
  const numbers: unknown[] = [];
  while (!finished) {
    const orders = writers.map((writer) => writer.order('increment', { key: 'n', times: 200 }));
    numbers.push(...(await Promise.all(orders)).flat());
  }
  expect(await opening).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(await writers[0]?.order('get', { key: 'n' })).toBe(numbers.length);
});

it('a process that stays in one turn sees what others write meanwhile', async () => {
  const url = `lmdb:${folder}/one-turn`;
  const [reading, written] = [join(folder, 'reading'), join(folder, 'written')];
  const script = fileURLToPath(new URL('../fixtures/read-in-one-turn.js', import.meta.url));
  await using store = createSharedStore({ url });
  await store.set('key', 1);
  const child = spawn(process.execPath, [script, url, reading, written], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  await vi.waitFor(() => expect(existsSync(reading)).toBe(true), PATIENCE);
  await store.set('key', 2);
  await writeFile(written, '');
  expect(JSON.parse(await output)).toEqual({ before: 1, after: 2 });
});
