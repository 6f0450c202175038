// Opening, reading and writing where the disk is full: errors, and never a signal.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, statfsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSharedStore } from '@muster/store';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';

type Durability = 'process' | 'disk';

const KIB = 1024;
const script = fileURLToPath(new URL('../fixtures/on-a-full-disk.js', import.meta.url));
const root = await mkdtemp(join(tmpdir(), 'muster-full-disk-'));
let disk: string;
let disks = 0;

/** A small disk of its own takes the right to mount one. */
function mount(path: string): boolean {
  mkdirSync(path);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path]).status === 0;
}

function unmount(path: string): void {
  execFileSync('umount', [path]);
  rmdirSync(path);
}

const canMount = mount(join(root, 'probe'));
if (canMount) unmount(join(root, 'probe'));
else console.warn('NOT TESTED: this process may not mount a small disk to fill; run it as root');

beforeEach((context) => {
  context.skip(!canMount, 'may not mount a disk');
  disk = join(root, `disk-${++disks}`);
  mount(disk);
});
afterEach(() => {
  if (canMount) unmount(disk);
});
afterAll(() => rm(root, { recursive: true }));

const url = (): string => `lmdb:${join(disk, 'store')}`;

/** Leaves `kib` free. */
async function fill(kib: number): Promise<void> {
  const { bavail, bsize } = statfsSync(disk);
  await writeFile(join(disk, 'ballast'), Buffer.alloc(Math.max(bavail * bsize - kib * KIB, 0)));
}

/** What a process of its own made of it. Rejects where it ended by a signal. */
async function work(durability: Durability = 'process'): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, MUSTER_STORE_URL: url(), DURABILITY: durability },
  });
  return JSON.parse(stdout);
}

/** A store with an entry and a large one, closed. */
async function keep(durability: Durability = 'process'): Promise<void> {
  const store = createSharedStore({ url: url(), durability });
  await store.set('kept', 'it');
  await store.set('large', 'x'.repeat(200_000));
  await store.close();
}

const ALL_FULL = Object.fromEntries(
  ['read', 'write', 'increment', 'lock', 'watch', 'delete', 'big'].map((call) => [
    call,
    'MUSTER_STORE_FULL',
  ]),
);

it.each([0, 16, 64, 128, 320])(
  'a new store on a disk with %i KiB free is a full one, and works as soon as there is room',
  async (kib) => {
    await fill(kib);
    expect(await work()).toEqual({ ...ALL_FULL, close: 'ok' });
    await rm(join(disk, 'ballast'));
    expect(await work()).toMatchObject({ write: true, increment: 'ok', lock: 'ok', big: true });
  },
);

it('a store that is there is read, and refuses what it has no room for', async () => {
  await keep();
  await fill(0);
  const outcomes = await work();
  expect(outcomes).toMatchObject({ read: 'it', delete: 'ok', watch: 'ok', close: 'ok' });
});

it('a process that has it open goes on reading', async () => {
  const store = createSharedStore({ url: url() });
  await store.set('kept', 'it');
  await fill(0);
  let code: unknown;
  for (let n = 0; code === undefined && n < 10_000; n++) {
    await store.set(`k${n}`, 'x'.repeat(10_000)).catch((error) => {
      code = error.code;
    });
  }
  expect(code).toBe('MUSTER_STORE_FULL');
  expect(await store.get('kept')).toBe('it');
  expect(await work()).toMatchObject({ read: 'it', big: 'MUSTER_STORE_FULL' });
  await store.delete('k0');
  await store.close();
});

it('a durable store is read after a new start of the machine with a full disk', async () => {
  await keep('disk');
  const store = join(disk, 'store');
  // As another boot would have left it.
  const page = (await readdir(store)).find((name) => name.startsWith('boot-')) ?? '';
  await rename(join(store, page), join(store, 'boot-0123456789abcdef'));
  await writeFile(join(store, 'origin'), '0123456789abcdef disk\n');
  await fill(0);
  for (let start = 0; start < 3; start++) {
    expect(await work('disk')).toMatchObject({ read: 'it', delete: 'ok' });
  }
  expect(await readFile(join(store, 'origin'), 'utf8')).toBe(`${page.slice(5)} disk\n`);
});

it('a data file without room after its data is read, and nothing is written to it', async () => {
  await keep();
  const data = join(disk, 'store', 'data.mdb');
  // As a copy may be that left out the zeros.
  await truncate(data, await pagesInUse(data));
  await fill(0);
  expect(await work()).toMatchObject({ ...ALL_FULL, read: 'it' });
});

/** Bytes up to the last page that LMDB uses: the newest of its two meta pages says which it is. */
async function pagesInUse(path: string): Promise<number> {
  const bytes = await readFile(path);
  const pageSize = bytes.readUInt32LE(48);
  const [first, second] = [0, pageSize].map((at) => ({
    last: Number(bytes.readBigUInt64LE(at + 144)),
    transaction: bytes.readBigUInt64LE(at + 152),
  })) as [Meta, Meta];
  const { last } = first.transaction > second.transaction ? first : second;
  return (last + 1) * pageSize;
}

type Meta = { readonly last: number; readonly transaction: bigint };
