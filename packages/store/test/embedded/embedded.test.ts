// The embedded engine by itself: where its files are, how large they get, and what fails.
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { ownFolder } from '../support/own-folder.js';

const run = promisify(execFile);
const own = await ownFolder();

async function dataFileSize(): Promise<number> {
  return (await stat(own.file('data.mdb'))).size;
}

/** Runs a fixture in the folder, in an environment without a store's variables but those given. */
async function runFixture(name: string, env: NodeJS.ProcessEnv): Promise<Record<string, unknown>> {
  await mkdir(own.path, { recursive: true });
  const script = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const { MUSTER_STORE_URL: _, REDIS_URL: __, ...rest } = process.env;
  const { stdout } = await run(process.execPath, [script], {
    cwd: own.path,
    env: { ...rest, ...env },
  });
  return JSON.parse(stdout);
}

it('is at .muster/store where nothing is said, out of the sight of git, and loads no ioredis', async () => {
  const result = await runFixture('default-store.js', {});
  expect(result).toEqual({ engine: 'embedded', value: 'value', lmdb: true, ioredis: false });
  expect(await readFile(own.file('.muster/.gitignore'), 'utf8')).toBe('*\n');
  // Sessions may be in it.
  expect((await stat(own.file('.muster/store/data.mdb'))).mode & 0o077).toBe(0);
});

it('is not loaded where Redis is used', async () => {
  const result = await runFixture('default-store.js', { REDIS_URL: inject('redisUrl') });
  expect(result).toEqual({ engine: 'redis', value: 'value', lmdb: false, ioredis: true });
});

it('keeps its data when it is closed and opened again', async () => {
  const first = own.open();
  await first.set('key', 'value');
  await first.close();
  expect(await own.open().get('key')).toBe('value');
});

it('lets the event loop turn while a loop awaits one call after the other', async () => {
  const store = own.open();
  await store.ready();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  // Without a turn of the event loop the timer never fires, and the loop ends at its bound.
  for (let calls = 0; turns < 5 && calls < 500_000; calls++) await store.get('key');
  clearInterval(timer);
  expect(turns).toBeGreaterThanOrEqual(5);
});

it('uses the space of what has expired again', async () => {
  const view = own.open().namespace('short', { ttlMs: 20 });
  const value = 'x'.repeat(1_000);
  const write = async () => {
    for (let n = 0; n < 20; n++) {
      await view.setMany(
        Array.from({ length: 100 }, (_, i) => [`${process.hrtime.bigint()}${i}`, value]),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await write();
  const size = await dataFileSize();
  for (let round = 0; round < 5; round++) await write();
  expect(await dataFileSize()).toBeLessThan(size * 2);
});

it('has room for the rate limit of any number of ids, one after the other', async () => {
  const limit = own.open({ maxBytes: 2_000_000 }).rateLimit('requests', { limit: 1, periodMs: 1 });
  for (let n = 0; n < 10_000; n++) {
    expect((await limit.take(`${'address '.repeat(20)}${n}`)).allowed).toBe(true);
  }
});

it('says when it is full, and has room again after deletions', async () => {
  const store = own.open({ maxBytes: 500_000 });
  const value = 'x'.repeat(10_000);
  let stored = 0;
  const fill = async () => {
    for (;;) {
      await store.set(`k${stored}`, value);
      stored++;
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
  expect(stored).toBeGreaterThan(20);
  expect(await store.get('k0')).toBe(value);
  const many = store.setMany([
    ['small', 1],
    ['large', value],
  ]);
  await expect(many).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
  expect(await store.has('small')).toBe(false);
  await store.deleteMany(Array.from({ length: 10 }, (_, n) => `k${n}`));
  await store.set('again', value);
  expect(await store.get('again')).toBe(value);
});

it('a write that has no room does not take those that came with it along', async () => {
  const store = own.open({ maxBytes: 500_000 });
  const results = await Promise.allSettled([
    store.set('small', 1),
    store.set('large', 'x'.repeat(600_000)),
    store.increment('counter'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await store.getMany(['small', 'large', 'counter'])).toEqual([1, undefined, 1]);
});

it('drops what may be dropped before it refuses a write, what ends first first', async () => {
  const store = own.open({ maxBytes: 1_000_000 });
  await store.set('kept', 1);
  const view = store.namespace('evictable', { evictable: true, ttlMs: 3_600_000 });
  const ageless = store.namespace('ageless', { evictable: true });
  const value = 'x'.repeat(5_000);
  for (let n = 0; n < 500; n++) {
    await (n % 2 === 0 ? view : ageless).set(`k${n}`, value);
  }
  expect(await store.get('kept')).toBe(1);
  expect(await view.has('k0')).toBe(false);
  expect(await ageless.ttlMs('k499')).toBe(Number.POSITIVE_INFINITY);
  const rest = [];
  for await (const key of ageless.keys()) rest.push(Number(key.slice(1)));
  // Those without an end are the last to go, and of them the newest.
  expect(rest.length).toBeGreaterThan(50);
  expect(Math.max(...rest)).toBe(499);
  const oldest = Math.min(...rest);
  expect(rest.length).toBe((499 - oldest) / 2 + 1);
});

it('refuses two limits for the same files', async () => {
  await own.open({ maxBytes: 1_000_000 }).ready();
  const other = own.open({ maxBytes: 2_000_000 });
  await expect(other.get('key')).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
});

it('a folder that cannot be made is an error that says which', async () => {
  await mkdir(join(own.path, '..'), { recursive: true });
  await writeFile(own.path, 'a file');
  await expect(own.open().get('key')).rejects.toMatchObject({
    code: 'MUSTER_STORE_UNREACHABLE',
    message: expect.stringContaining(own.path),
    cause: expect.anything(),
  });
});

it('gives a lock back where it is full', async () => {
  const store = own.open({ maxBytes: 1024 ** 2 });
  const lock = await store.lock('name');
  const fill = async () => {
    for (let n = 0; n < 1_000; n++) await store.set(`key ${n}`, 'x'.repeat(10_000));
  };
  await expect(fill()).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
  for (let n = 0; n < 100; n++) await store.set(`small ${n}`, 'x'.repeat(1_000)).catch(() => {});
  expect(await lock.release()).toBe(true);
});
