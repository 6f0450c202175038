// Processes that cannot open a file: they must not take others for dead, nor end by it after a write.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeEnvironment, openEnvironment } from '../dist/embedded/lmdb/environment.js';
import { WORD } from '../dist/embedded/shared-memory/shared-page.js';
import { WorkerProcess } from './worker-process.js';

const PATIENCE = { timeout: 20_000 };
const OPTIONS = { durability: 'process', deadlineMs: 5_000, maxBytes: 1024 ** 3 } as const;
const root = await mkdtemp(join(tmpdir(), 'muster-descriptors-'));
const running: WorkerProcess[] = [];
const stores: SharedStore[] = [];
let folder: string;
let tests = 0;

beforeEach(() => {
  folder = join(root, `test-${++tests}`);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.kill()));
  await Promise.all(stores.splice(0).map((store) => store.close()));
});
afterAll(() => rm(root, { recursive: true }));

async function start(): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start({ url: `lmdb:${folder}` });
  running.push(worker);
  return worker;
}

async function watched(): Promise<(readonly string[] | 'reset')[]> {
  const store = createSharedStore({ url: `lmdb:${folder}` });
  stores.push(store);
  const told: (readonly string[] | 'reset')[] = [];
  await store
    .namespace('processes')
    .watch({ prefix: '' }, (change) => told.push(change.type === 'reset' ? 'reset' : [change.key]));
  return told;
}

/** From now on, the process can open nothing. What it has open stays. */
function exhaust({ pid }: WorkerProcess): void {
  execFileSync('prlimit', ['--pid', String(pid), '--nofile=3:']);
}

it.runIf(platform() === 'linux')('a sweeper without descriptors forgets nobody', async () => {
  const sweeper = await start();
  const environment = await openEnvironment(folder, OPTIONS);
  const beats = (): number => Atomics.load(environment.page.words, WORD.sweeperBeat);
  await vi.waitFor(() => expect(beats()).toBeGreaterThan(0), PATIENCE);
  const told = await watched();
  const other = await start();
  exhaust(sweeper);
  // Every tenth time it looks whether the others live.
  const before = beats();
  await vi.waitFor(() => expect(beats()).toBeGreaterThan(before + 20), PATIENCE);
  await closeEnvironment(environment);
  await other.order('set', { key: 'a', value: 1 });
  await vi.waitFor(() => expect(told.flat()).toEqual(['a']), PATIENCE);
});

it('a bell that cannot be opened ends no writer', async () => {
  const writer = await start();
  // For root, too.
  await mkdir(join(folder, 'bell'));
  const told = await watched();
  for (let n = 0; n < 3; n++) {
    await writer.order('set', { key: `k${n}`, value: n });
    await vi.waitFor(() => expect(told.flat()).toContain(`k${n}`), PATIENCE);
  }
});
