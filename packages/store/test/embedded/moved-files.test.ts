// Files that are deleted or replaced while processes use them: all go to the same new ones.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SharedStore } from '@muster/store';
import { beforeEach, expect, it, vi } from 'vitest';
import { ownFolder } from '../support/own-folder.js';

const PATIENCE = { timeout: 20_000 };
const own = await ownFolder();
let store: SharedStore;
let statuses: string[];

beforeEach(async () => {
  store = own.open();
  statuses = [];
  store.on('degraded', ({ code }) => statuses.push(code));
  store.on('ready', () => statuses.push('ready'));
  await store.ready();
});

/** As `rm -r` does it again where a process makes a file there meanwhile. */
const remove = (path: string): Promise<void> =>
  rm(path, { recursive: true, maxRetries: 20, retryDelay: 1 });

async function page(): Promise<string> {
  return own.file((await readdir(own.path)).find((name) => name.startsWith('boot-')) ?? '');
}

it('a store that can open no files any more can be closed', async () => {
  const script = fileURLToPath(new URL('../fixtures/closes-without-files.js', import.meta.url));
  // A promise that nothing keeps alive would end it with 13.
  await promisify(execFile)(process.execPath, [script, join(own.path, '..', 'closed')]);
});

const WAYS: [what: string, how: () => Promise<void>][] = [
  ['the folder was deleted', () => remove(own.path)],
  ['the folder above was deleted', () => remove(join(own.path, '..'))],
  ['the folder was moved away', () => rename(own.path, `${own.path}-old`)],
  ['the data file was deleted', () => rm(own.file('data.mdb'))],
  ['the lock file was deleted', () => rm(own.file('lock.mdb'))],
  ['the gate was deleted', () => remove(own.file('gate'))],
  ['the shared page was deleted', async () => remove(await page())],
  [
    'the data file was replaced',
    async () => {
      await copyFile(own.file('data.mdb'), own.file('copy'));
      await rename(own.file('copy'), own.file('data.mdb'));
    },
  ],
];

it.each(WAYS)('where %s, all processes go to the same files', async (_, how) => {
  const workers = await Promise.all([own.start(), own.start()]);
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
  const all = [...workers, await own.start()];
  for (const worker of all) {
    await vi.waitFor(async () => {
      expect(await worker.order('get', { key: 'mark' })).toBe('new');
    }, PATIENCE);
  }
  const before = Number((await view.get('n')) ?? 0);
  await Promise.all(all.map((worker) => worker.order('increment', { key: 'n', times: 50 })));
  expect(await view.get('n')).toBe(before + all.length * 50);
  expect(existsSync(own.file('data.mdb'))).toBe(true);
});

it('leases are lost with their files, watches get a reset, and go on', async () => {
  const told: string[] = [];
  await store
    .namespace('processes')
    .watch({ prefix: '' }, (change) => told.push(change.type === 'reset' ? 'reset' : change.key));
  const lock = await store.lock('l', { ttlMs: 60_000 });
  const lost = new Promise((resolve) => lock.signal.addEventListener('abort', resolve));
  await remove(own.path);
  await lost;
  expect(lock.signal.reason).toMatchObject({
    code: 'MUSTER_LOCK_LOST',
    message: expect.stringContaining('deleted or replaced'),
  });
  expect(await lock.release()).toBe(false);
  await (await store.lock('l', { ttlMs: 60_000 })).release();
  const worker = await own.start();
  await worker.order('set', { key: 'a', value: 1 });
  await vi.waitFor(() => expect(told).toEqual(['reset', 'a']), PATIENCE);
});

it('calls that are under way when the files are missed are done on the new ones, or fail by name', async () => {
  const other = await own.start();
  const counts = { done: 0, failed: new Set<string>() };
  await remove(own.path);
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
