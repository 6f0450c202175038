// Files that cannot be used, or cannot be used any more.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SharedStoreOptions } from '@muster/store';
import { open as openLmdb } from 'lmdb';
import { expect, it, vi } from 'vitest';
import { ownFolder } from '../support/own-folder.js';

const own = await ownFolder();

/** A store with a hundred entries, closed. */
async function makeStore(options: SharedStoreOptions = {}): Promise<void> {
  const store = own.open(options);
  await store.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, 'x'.repeat(1_000)]));
  await store.close();
}

/** As if the machine had been started again since. */
async function fromOtherBoot(): Promise<void> {
  const [, durability] = (await readFile(own.file('origin'), 'utf8')).split(' ');
  await writeFile(own.file('origin'), `0123456789abcdef ${durability}`);
}

async function warning(): Promise<NodeJS.ErrnoException> {
  const [told] = await once(process, 'warning');
  return told;
}

const DAMAGES: [what: string, damage: () => Promise<void>][] = [
  ['is something else', () => writeFile(own.file('data.mdb'), 'x'.repeat(20_000))],
  ['is too short to be one', () => writeFile(own.file('data.mdb'), 'hello')],
  ['was cut off', () => truncate(own.file('data.mdb'), 2 * 8192)],
  ['LMDB found damaged', () => writeFile(own.file('damaged'), '')],
  ['processes have died of', () => writeFile(own.file('deadly'), '')],
];

it.each(DAMAGES)('a data file that %s is set aside, with a warning', async (_, damage) => {
  await makeStore();
  await damage();
  const damaged = await readFile(own.file('data.mdb'));
  const told = warning();
  const store = own.open();
  expect(await store.get('k1')).toBeUndefined();
  await store.set('key', 1);
  expect(await told).toMatchObject({
    code: 'MUSTER_STORE_SET_ASIDE',
    message: expect.stringContaining(own.file('data.mdb.aside')),
  });
  expect(damaged.equals(await readFile(own.file('data.mdb.aside')))).toBe(true);
  // It was that file: the one that is there now stays.
  await store.close();
  expect(await own.open().get('key')).toBe(1);
});

it.each(DAMAGES)('a durable data file that %s is left to people', async (_, damage) => {
  await makeStore({ durability: 'disk' });
  await damage();
  const damaged = await readFile(own.file('data.mdb'));
  const store = own.open({ durability: 'disk' });
  const told: string[] = [];
  store.on('degraded', ({ code }) => told.push(code));
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(store.get('k1')).rejects.toMatchObject({
      code: 'MUSTER_STORE_CORRUPT',
      message: expect.stringContaining(own.path),
    });
  }
  expect(damaged.equals(await readFile(own.file('data.mdb')))).toBe(true);
  // With that out of the way, the same store works.
  await rm(own.path, { recursive: true });
  await store.set('key', 1);
  expect(store.status).toBe('ready');
  expect(told).toEqual(['MUSTER_STORE_CORRUPT']);
});

it('a data file with pages of another size is used as it is', async () => {
  const options = { path: own.path, noSubdir: false, pageSize: 4096, useVersions: true } as const;
  await openLmdb(options).close();
  const longKey = 'k'.repeat(1_024);
  const store = own.open();
  await store.set(longKey, 'x'.repeat(3_000), { ttlMs: 60_000 });
  await store.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, 'x'.repeat(1_000)]));
  await store.close();
  const again = own.open();
  expect(await again.get(longKey)).toBe('x'.repeat(3_000));
  expect(await again.get('k99')).toBe('x'.repeat(1_000));
  // Where LMDB keeps it: in the first page of the file.
  expect((await readFile(own.file('data.mdb'))).readUInt32LE(48)).toBe(4096);
});

it('data of another boot is set aside, as it may be incomplete', async () => {
  await makeStore();
  await fromOtherBoot();
  const told = warning();
  expect(await own.open().get('k1')).toBeUndefined();
  expect(await told).toMatchObject({ code: 'MUSTER_STORE_SET_ASIDE' });
  expect(existsSync(own.file('data.mdb.aside'))).toBe(true);
});

it('durable data outlives the boot', async () => {
  await makeStore({ durability: 'disk' });
  await fromOtherBoot();
  const store = own.open({ durability: 'disk' });
  expect(await store.get('k1')).toBe('x'.repeat(1_000));
  expect(await store.increment('n')).toBe(1);
});

it('a damaged file that others have open is an error: they still use it', async () => {
  const other = await own.start();
  await other.order('set', { key: 'key', value: 1 });
  await writeFile(own.file('data.mdb'), 'x'.repeat(20_000));
  await expect(own.open().get('key')).rejects.toMatchObject({ code: 'MUSTER_STORE_CORRUPT' });
});

it('one that processes die of is set aside under those who have it open, and they notice', async () => {
  const other = await own.start();
  await other.order('set', { key: 'key', value: 1 });
  await writeFile(own.file('deadly'), '');
  const view = own.open({ deadlineMs: 20_000 }).namespace('processes');
  expect(await view.get('key')).toBeUndefined();
  await view.set('key', 2);
  await vi.waitFor(async () => expect(await other.order('get', { key: 'key' })).toBe(2), {
    timeout: 20_000,
  });
});

it.each(['text', 'end', 'key'])(
  'with checksums, an entry whose %s is damaged is found when it is read',
  async (part) => {
    const key = 'a key that is easy to find';
    const store = own.open({ checksums: true });
    await store.setMany([['other', 2]]);
    await store.set(key, 'needle', { expiresAt: 4e12 });
    await store.close();
    const data = await readFile(own.file('data.mdb'));
    const end = Buffer.alloc(8);
    end.writeDoubleLE(4e12 + 0.5);
    const looksLike = { text: Buffer.from('needle'), end, key: Buffer.from('is easy') }[part];
    // Pages that are not used any more have it, too.
    let at = data.indexOf(looksLike ?? part);
    for (; at >= 0; at = data.indexOf(looksLike ?? part, at + 1)) {
      data.writeUInt8(data.readUInt8(at + 5) ^ 1, at + 5);
    }
    await writeFile(own.file('data.mdb'), data);
    const again = own.open({ checksums: true });
    const found = part === 'key' ? 'a key that is eary to find' : key;
    await expect(again.get(found)).rejects.toMatchObject({
      code: 'MUSTER_CORRUPT_VALUE',
      key: found,
    });
    expect(await again.get('other')).toBe(2);
    await again.set(found, 'anew');
    expect(await again.get(found)).toBe('anew');
  },
);

it('entries with and without checksums are read by all', async () => {
  const checked = own.open({ checksums: true });
  await checked.set('with', 1);
  await checked.close();
  const plain = own.open();
  await plain.set('without', 2);
  expect(await plain.get('with')).toBe(1);
  expect(await plain.increment('with')).toBe(2);
  await plain.close();
  const again = own.open({ checksums: true });
  expect(await again.getMany(['with', 'without'])).toEqual([2, 2]);
});

it('processes with another durability are kept out while there are some with one', async () => {
  const other = await own.start();
  const durable = own.open({ durability: 'disk' });
  await expect(durable.get('key')).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
  await other.kill();
  expect(await durable.increment('n')).toBe(1);
  await expect(own.open().get('n')).rejects.toMatchObject({
    code: 'MUSTER_INVALID_OPTION',
    message: expect.stringContaining('durability'),
  });
});

it('what a durable store acknowledged is in the file, each of many at once', async () => {
  const store = own.open({ durability: 'disk' });
  const sums = await Promise.all(Array.from({ length: 64 }, () => store.increment('n')));
  expect(Math.max(...sums)).toBe(64);
});

it('a file that cannot grow any further is a full store, and not a damaged one', async () => {
  // The limit stands for a disk that is full: a write that LMDB makes is cut short by either.
  const script = fileURLToPath(new URL('../fixtures/fill.js', import.meta.url));
  const limited = 'trap "" XFSZ; ulimit -f 10000; exec "$0" "$1"';
  const { stdout } = await promisify(execFile)('sh', ['-c', limited, process.execPath, script], {
    env: { ...process.env, MUSTER_STORE_URL: `lmdb:${own.path}` },
  });
  const { stored, code, whole, first } = JSON.parse(stdout);
  expect({ code, whole, first }).toEqual({ code: 'MUSTER_STORE_FULL', whole: stored, first: true });
  // Without the limit it goes on where it was.
  const store = own.open();
  expect(await store.increment('n')).toBe(1);
  await store.set(`k${stored}`, 'x'.repeat(10_000));
  expect(await store.get(`k${stored - 1}`)).toBe('x'.repeat(10_000));
});
