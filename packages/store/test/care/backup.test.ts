// Backups: written while others write, whole or not there, and the same on every engine.
import { execFileSync, fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { describeStore, openExisting, restoreBackup, restoreUnderWay } from '@muster/store/care';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { identityOf } from '../../dist/embedded/shared-memory/processes.js';
import { stopping } from '../fixtures/stopping.js';

const HOUR = 3_600_000;
const VALUES = 705;
/** More than are read in one step. */
const MEMBERS = 1_100;
const ENTRIES = VALUES + MEMBERS + 3;

let folder: string;
const opened: SharedStore[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-backup-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

function optionsOf(engine: 'embedded' | 'redis'): SharedStoreOptions {
  const name = randomUUID();
  return engine === 'redis'
    ? { url: inject('redisUrl'), keyPrefix: `backup-test:${name}:` }
    : { url: `lmdb:${join(folder, name)}` };
}

function open(engine: 'embedded' | 'redis', options = optionsOf(engine)): SharedStore {
  const store = createSharedStore(options);
  opened.push(store);
  return store;
}

const HEAD = '{"muster":"backup","version":1}';

/** The text of a file with these lines, and the right sum. */
function backupOf(...lines: string[]): string {
  const text = [HEAD, ...lines, ''].join('\n');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return `${text}${JSON.stringify({ entries: lines.length, sha256 })}\n`;
}

async function fill(store: SharedStore): Promise<void> {
  await store.set('visits', 7);
  await store.set('rich', new Map([[1, 2n]]));
  await store.set('ends', 'soon', { ttlMs: HOUR });
  await store.set('ends by the clock', 'soon', { expiresAt: Date.now() + HOUR });
  await store.namespace('a:b').set('odd\n"key"', { text: '\u2028 😀' });
  await store.setMany(Array.from({ length: 700 }, (_, n) => [`many:${n}`, n] as const));
  const board = store.sortedSet('board:1%');
  await Promise.all([board.add('a:\n', 1.5), board.add('b', -7), board.add('c', 0)]);
  const large = store.sortedSet('large');
  await Promise.all(Array.from({ length: MEMBERS }, (_, n) => large.add(`member:${n}`, n)));
}

async function expectFilled(store: SharedStore): Promise<void> {
  expect(await store.get('visits')).toBe(7);
  expect(await store.get('rich')).toEqual(new Map([[1, 2n]]));
  expect(await store.namespace('a:b').get('odd\n"key"')).toEqual({ text: '\u2028 😀' });
  for (const key of ['ends', 'ends by the clock']) {
    const left = (await store.ttlMs(key)) ?? 0;
    expect(left).toBeGreaterThan(HOUR / 2);
    expect(left).toBeLessThanOrEqual(HOUR + 1_000);
  }
  expect(await store.ttlMs('visits')).toBe(Infinity);
  expect(await store.get('many:699')).toBe(699);
  expect(await store.sortedSet('board:1%').range({ by: 'rank' })).toEqual([
    { member: 'b', score: -7 },
    { member: 'c', score: 0 },
    { member: 'a:\n', score: 1.5 },
  ]);
  const large = store.sortedSet('large');
  expect(await large.count()).toBe(MEMBERS);
  expect(await large.rank('member:700')).toBe(700);
}

describe.each([
  ['embedded', 'redis'],
  ['redis', 'embedded'],
] as const)('%s', (engine, other) => {
  test('a store is as it was, on its engine and on the other one', async () => {
    const store = open(engine);
    await fill(store);
    const lock = await store.lock('held');
    const file = join(folder, 'backup');
    expect(await store.backup(file)).toEqual({ entries: ENTRIES });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await store.set('visits', 8);
    await store.set('later', true);
    await store.sortedSet('large').add('later', 1);
    await store.sortedSet('later').add('later', 1);
    const elsewhere = open(other);
    for (const target of [store, elsewhere]) {
      expect(await restoreBackup(target, file)).toBe(ENTRIES);
      await expectFilled(target);
      expect(await target.has('later')).toBe(false);
      expect(await target.sortedSet('later').count()).toBe(0);
      const again = join(folder, 'again');
      await target.backup(again);
      const lines = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(1);
      const untimed = async (path: string) =>
        (await lines(path)).map((line) => line.replace(/\d+\]$|"[0-9a-f]{64}"/, 'other')).sort();
      expect(await untimed(again)).toEqual(await untimed(file));
    }
    // Who holds what is of the moment, and goes on.
    expect(lock.signal.aborted).toBe(false);
    await store.set('fenced', 1, { fence: lock });
    await lock.release();
    await using again = await elsewhere.lock('held', { waitMs: 0 });
    expect(again.signal.aborted).toBe(false);
  });

  test('what has ended since is left out', async () => {
    const store = open(engine);
    await store.set('short', 1, { ttlMs: 20 });
    await store.set('long', 1);
    const file = join(folder, 'backup');
    await writeFile(file, backupOf('[":short","1",1]', '[":long","2",null]'));
    expect(await restoreBackup(store, file)).toBe(1);
    expect(await store.getMany(['short', 'long'])).toEqual([undefined, 2]);
  });

  test('it says what is in it, by namespace', async () => {
    const store = open(engine);
    await fill(store);
    expect(await describeStore(store)).toEqual([
      { namespace: '', entries: 704, bytes: expect.any(Number), ending: 2 },
      { namespace: 'a:b', entries: 1, bytes: expect.any(Number), ending: 0 },
    ]);
  });
});

describe.each(['embedded', 'redis'] as const)('%s: a restore that is cut short', (engine) => {
  const keysFrom = (first: number) => Array.from({ length: 600 }, (_, n) => `key:${first + n}`);
  const [restored, before] = [keysFrom(0), keysFrom(300)];
  const common = restored.slice(300);
  const entry = (key: string) => JSON.stringify([`:${key}`, '"new"', null]);

  async function prepare(): Promise<{
    store: SharedStore;
    options: SharedStoreOptions;
    file: string;
  }> {
    const options = optionsOf(engine);
    const store = open(engine, options);
    await store.setMany(before.map((key) => [key, 'old'] as const));
    await store.sortedSet('later').add('member', 1);
    const file = join(folder, 'backup');
    const member = '{"set":"board","member":"ada","score":1}';
    await writeFile(file, backupOf(...restored.map(entry), member));
    return { store, options, file };
  }

  async function expectRepeatable(store: SharedStore, file: string): Promise<void> {
    expect(await restoreUnderWay(store)).toMatchObject({ file });
    const code = 'MUSTER_STORE_RESTORE_INCOMPLETE';
    await expect(store.backup(join(folder, 'again'))).rejects.toMatchObject({ code });
    expect(await restoreBackup(store, file)).toBe(601);
    expect(await store.count()).toBe(600);
    expect(new Set(await store.getMany(restored))).toEqual(new Set(['new']));
    expect(await store.sortedSet('later').count()).toBe(0);
    expect(await store.sortedSet('board').score('ada')).toBe(1);
    expect(await restoreUnderWay(store)).toBeUndefined();
    expect(await store.backup(join(folder, 'again'))).toEqual({ entries: 601 });
  }

  test('by an error says where, and can be run again', async () => {
    const { store, file } = await prepare();
    const stopped = stopping(store, 'set', 600, () => {
      throw new Error('the disk is full');
    });
    await expect(stopped(() => restoreBackup(store, file))).rejects.toMatchObject({
      code: 'MUSTER_STORE_RESTORE_INCOMPLETE',
      message: expect.stringMatching(/stopped after 512 of 601 entries.*the disk is full/),
    });
    await expectRepeatable(store, file);
  });

  test.each([
    ['while it writes', 'set', 550],
    ['before it deletes', 'delete', 1],
  ] as const)(
    'by the end of its process %s leaves every key that is in both, and can be run again',
    async (_, call, nth) => {
      const { store, options, file } = await prepare();
      const args = [JSON.stringify(options), file, call, String(nth)];
      const restorer = fork(join(import.meta.dirname, '../fixtures/restores.js'), args);
      let isOver = false;
      const exited = once(restorer, 'exit').finally(() => {
        isOver = true;
      });
      const values = new Set<unknown>();
      while (!isOver) {
        for (const value of await store.getMany(common)) values.add(value);
        await setImmediate();
      }
      expect(await exited).toEqual([null, 'SIGKILL']);
      for (const value of await store.getMany(common)) values.add(value);
      expect([...values].sort()).toEqual(['new', 'old']);
      await expectRepeatable(store, file);
    },
  );
});

test('embedded: all of it is of one moment, whatever another process writes meanwhile', async () => {
  const url = `lmdb:${join(folder, 'store')}`;
  const writer = fork(join(import.meta.dirname, '../fixtures/keeps-writing.js'), [url]);
  const exited = once(writer, 'exit');
  await once(writer, 'message');
  const store = createSharedStore({ url });
  opened.push(store);
  const file = join(folder, 'backup');
  for (let n = 0; n < 3; n++) {
    await store.backup(file);
    const lines = (await readFile(file, 'utf8')).split('\n');
    const of = (key: string) => lines.find((line) => line.startsWith(`[":${key}"`));
    expect(of('left')).toMatch(/^\[":left","\d+",null\]$/);
    expect(of('left')?.replace('left', 'right')).toBe(of('right'));
  }
  writer.disconnect();
  await exited;
  expect((await readdir(folder)).sort()).toEqual(['backup', 'store']);
});

const long = (length: number) => 'x'.repeat(length);

test.each([
  ['of something else', 'hello\n', 'is no backup'],
  ['empty', '', 'was cut off'],
  ['of a later version', '{"muster":"backup","version":2}\n', 'later version'],
  ['without an end', `${HEAD}\n[":a","1",null]\n`, 'was cut off'],
  ['cut off in a line', `${HEAD}\n[":a","1",nu`, 'was cut off, in line 2'],
  ['without a sum', `${HEAD}\n[":a","1",null]\n{"entries":1}\n`, 'has no SHA-256'],
  ['damaged', backupOf('[":a",1,null]'), 'line 2'],
  ['with a score that is none', backupOf('{"set":"a","member":"b","score":1e999}'), 'line 2'],
  ['with a set that has no name', backupOf('{"set":"","member":"b","score":1}'), 'line 2'],
  ['two in one', backupOf() + backupOf(), 'line 3'],
  ["with keys of the store's own", backupOf('["$muster.lock:a","1",null]'), 'line 2'],
  ['with an empty key', backupOf('[":b","1",null]', '[":","1",null]'), 'line 3'],
  ['with a key that is too long', backupOf(`[":${long(3001)}","1",null]`), 'line 2'],
  ['with a namespace that is too long', backupOf(`["${long(129)}:a","1",null]`), 'line 2'],
  ['with a key that no view writes', backupOf('["a%:b","1",null]'), 'line 2'],
])('a file that is %s changes nothing', async (_, text, says) => {
  const store = open('embedded');
  await store.set('kept', 1);
  const file = join(folder, 'backup');
  await writeFile(file, text);
  await expect(restoreBackup(store, file)).rejects.toMatchObject({
    code: 'MUSTER_INVALID_BACKUP',
    message: expect.stringContaining(says),
  });
  expect(await store.get('kept')).toBe(1);
});

test('a backup that is a byte shorter, or has another one anywhere, changes nothing', async () => {
  const store = open('embedded');
  await store.set('balance', { ada: 100 });
  await store.sortedSet('board').add('ada', 1);
  const file = join(folder, 'backup');
  await store.backup(file);
  const whole = await readFile(file);
  await store.set('balance', 'kept');
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (whole[at] ?? 0) ^ 1;
    for (const bytes of [whole.subarray(0, at), changed]) {
      await writeFile(file, bytes);
      await expect(restoreBackup(store, file)).rejects.toMatchObject({
        code: 'MUSTER_INVALID_BACKUP',
      });
    }
  }
  expect(await store.get('balance')).toBe('kept');
  await writeFile(file, whole);
  expect(await restoreBackup(store, file)).toBe(2);
  expect(await store.get('balance')).toEqual({ ada: 100 });
});

test('a restore reads a pipe, and gives up one without lines', async () => {
  const store = open('embedded');
  await store.set('kept', 1);
  await expect(restoreBackup(store, '/dev/zero')).rejects.toMatchObject({
    code: 'MUSTER_INVALID_BACKUP',
  });
  expect(await store.get('kept')).toBe(1);
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const lines = Array.from({ length: 600 }, (_, n) => `[":key:${n}","${long(1000)}",null]`);
  const [restored] = await Promise.all([
    restoreBackup(store, fifo),
    writeFile(fifo, backupOf(...lines)),
  ]);
  expect(restored).toBe(600);
  expect(await store.count()).toBe(600);
});

test.each([
  ['embedded', 'copyTo'],
  ['redis', 'scan'],
] as const)(
  '%s: what a killed backup has left is gone after the next one',
  async (engine, call) => {
    const options = optionsOf(engine);
    const store = open(engine, options);
    await store.set('a', 1);
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const file = join(backups, 'backup');
    const args = [JSON.stringify(options), file, call];
    const killed = fork(join(import.meta.dirname, '../fixtures/backs-up.js'), args);
    expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL']);
    const [dead = ''] = await readdir(backups);
    const [, place = '', identity = ''] = /^\.muster-backup-(\w{8})-(\w+)-\w{6}$/.exec(dead) ?? [];
    const mine = (identityOf(process.pid) ?? 0n).toString(16);
    const alive = dead.replace(identity, mine);
    const elsewhere = dead.replace(place, 'ffffffff');
    const longAgo = dead.replace(place, 'eeeeeeee');
    const others = ['.muster-backup-abcdef', 'backup.1.part'];
    for (const name of [alive, elsewhere, longAgo, ...others]) await mkdir(join(backups, name));
    await utimes(join(backups, longAgo), 1, 1);
    await writeFile(join(backups, dead, 'more'), '');
    await store.backup(file);
    expect((await readdir(backups)).sort()).toEqual([alive, elsewhere, ...others, 'backup'].sort());
  },
);

test('what cannot be written or read is an error of the store, and leaves nothing behind', async () => {
  const store = open('embedded');
  await store.set('kept', 1);
  await mkdir(join(folder, 'taken'));
  for (const path of [join(folder, 'no/where'), join(folder, 'taken')]) {
    await expect(store.backup(path)).rejects.toMatchObject({ code: 'MUSTER_STORE_FAILED' });
  }
  await expect(store.backup('')).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
  await expect(restoreBackup(store, join(folder, 'none'))).rejects.toMatchObject({
    code: 'MUSTER_STORE_FAILED',
  });
  expect((await readdir(folder)).filter((name) => /backup|part/.test(name))).toEqual([]);
});

test('an existing store is opened as it is, and none is made', async () => {
  const path = join(folder, 'store');
  expect(() => openExisting({ url: `lmdb:${path}` })).toThrow('There is no store at');
  const lasting = createSharedStore({ url: `lmdb:${path}`, durability: 'disk' });
  await lasting.set('a', 1);
  await lasting.close();
  const store = openExisting({ url: `lmdb:${path}` });
  opened.push(store);
  expect(await store.get('a')).toBe(1);
  expect(await readFile(join(path, 'origin'), 'utf8')).toMatch(/ disk\n$/);
});
