// Files that are deleted or replaced while processes use them: all go to the same new ones.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkerProcess } from './worker-process.js';

const PATIENCE = { timeout: 20_000 };
const root = await mkdtemp(join(tmpdir(), 'muster-moved-'));
const running: WorkerProcess[] = [];
let folder: string;
let tests = 0;
let store: SharedStore;
let statuses: string[];

beforeEach(async () => {
  folder = join(root, `test-${++tests}`, 'store');
  store = createSharedStore({ url: `lmdb:${folder}` });
  statuses = [];
  store.on('degraded', ({ code }) => statuses.push(code));
  store.on('ready', () => statuses.push('ready'));
  await store.ready();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.kill()));
  await store.close();
});
afterAll(() => rm(root, { recursive: true }));

async function start(): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start({ url: `lmdb:${folder}` });
  running.push(worker);
  return worker;
}

const file = (name: string): string => join(folder, name);

async function page(): Promise<string> {
  return file((await readdir(folder)).find((name) => name.startsWith('boot-')) ?? '');
}

it('a store that can open no files any more can be closed', async () => {
  const script = fileURLToPath(new URL('./fixtures/closes-without-files.js', import.meta.url));
  // A promise that nothing keeps alive would end it with 13.
  await promisify(execFile)(process.execPath, [script, join(folder, '..', 'closed')]);
});

const WAYS: [what: string, how: () => Promise<void>][] = [
  ['the folder was deleted', () => rm(folder, { recursive: true })],
  ['the folder above was deleted', () => rm(join(folder, '..'), { recursive: true })],
  ['the folder was moved away', () => rename(folder, `${folder}-old`)],
  ['the data file was deleted', () => rm(file('data.mdb'))],
  ['the lock file was deleted', () => rm(file('lock.mdb'))],
  ['the gate was deleted', () => rm(file('gate'), { recursive: true })],
  ['the shared page was deleted', async () => rm(await page(), { recursive: true })],
  [
    'the data file was replaced',
    async () => {
      await copyFile(file('data.mdb'), file('copy'));
      await rename(file('copy'), file('data.mdb'));
    },
  ],
];

it.each(WAYS)('where %s, all processes go to the same files', async (_, how) => {
  const workers = await Promise.all([start(), start()]);
  await Promise.all(workers.map((worker) => worker.order('increment', { key: 'n', times: 2 })));
  await how();
  await vi.waitFor(
    () => expect(statuses.slice(-2)).toEqual(['MUSTER_STORE_UNREACHABLE', 'ready']),
    PATIENCE,
  );
  // Each has to notice for itself: where only a file beside the data is gone, it sees what others write before that.
  for (const worker of workers) {
    await vi.waitFor(async () => {
      expect(await worker.order('interruptions', {})).toBe(1);
    }, PATIENCE);
  }
  const view = store.namespace('processes');
  await view.set('mark', 'new');
  for (const worker of [...workers, await start()]) {
    await vi.waitFor(async () => {
      expect(await worker.order('get', { key: 'mark' })).toBe('new');
    }, PATIENCE);
  }
  const before = Number((await view.get('n')) ?? 0);
  await Promise.all(running.map((worker) => worker.order('increment', { key: 'n', times: 50 })));
  expect(await view.get('n')).toBe(before + running.length * 50);
  expect(existsSync(file('data.mdb'))).toBe(true);
});

it('leases are lost with their files, watches get a reset, and go on', async () => {
  const told: string[] = [];
  await store
    .namespace('processes')
    .watch({ prefix: '' }, (change) => told.push(change.type === 'reset' ? 'reset' : change.key));
  const lock = await store.lock('l', { ttlMs: 60_000 });
  const lost = new Promise((resolve) => lock.signal.addEventListener('abort', resolve));
  await rm(folder, { recursive: true });
  await lost;
  expect(lock.signal.reason).toMatchObject({
    code: 'MUSTER_LOCK_LOST',
    message: expect.stringContaining('deleted or replaced'),
  });
  expect(await lock.release()).toBe(false);
  await (await store.lock('l', { ttlMs: 60_000 })).release();
  const worker = await start();
  await worker.order('set', { key: 'a', value: 1 });
  await vi.waitFor(() => expect(told).toEqual(['reset', 'a']), PATIENCE);
});

it('calls that are under way when the files are missed are done on the new ones, or fail by name', async () => {
  const other = await start();
  const counts = { done: 0, failed: new Set<string>() };
  await rm(folder, { recursive: true });
  while (!statuses.includes('ready', 1)) {
    const calls = Array.from({ length: 20 }, () => store.increment('n'));
    for (const result of await Promise.allSettled(calls)) {
      if (result.status === 'fulfilled') counts.done++;
      else counts.failed.add(result.reason.code);
    }
    await new Promise(setImmediate);
  }
  expect([...counts.failed].filter((code) => code !== 'MUSTER_STORE_UNREACHABLE')).toEqual([]);
  expect(counts.done).toBeGreaterThan(0);
  await vi.waitFor(async () => {
    await store.namespace('processes').set('mark', 'new');
    expect(await other.order('get', { key: 'mark' })).toBe('new');
  }, PATIENCE);
});
