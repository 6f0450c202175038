// The file of what workers print, without a cluster: rotation, a folder that goes away, a full disk.
import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogFile } from '../../dist/extensions/logs/log-file.js';
import { intervalOf } from '../../dist/extensions/logs/rotation-interval.js';
import { resolveLogs } from '../../dist/supervisor/options/log-options.js';

let folder: string;
let dir: string;
const files: LogFile[] = [];
const events: string[] = [];
const report = (event: string, message: string) => {
  events.push(`${event}: ${message}`);
};
const log = { info: report, warn: report, error: report };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mu-logs-'));
  dir = join(folder, 'logs');
  events.length = 0;
});

afterEach(async () => {
  for (const file of files.splice(0)) await file.close();
  await rm(folder, { recursive: true, force: true });
});

function open(options: { maxBytes?: number; maxAgeMs?: number; lookMs?: number } = {}): LogFile {
  const { lookMs = 20, ...more } = options;
  const file = new LogFile(
    { dir, maxBytes: 1_024, maxAgeMs: 0, maxFiles: 2, ...more },
    'shop',
    log,
    lookMs,
  );
  files.push(file);
  return file;
}

const read = (name: string) => readFile(join(dir, name), 'utf8').catch(() => '');
const line = (text: string) => Buffer.from(`${text}\n`);

describe('a log file', () => {
  it('is made with its folder, for this user, and appended to by the next start', async () => {
    const first = open();
    first.write(line('one'));
    await first.close();
    const second = open();
    second.write(line('two'));
    await second.close();
    expect(await read('shop.log')).toBe('one\ntwo\n');
    expect((await stat(join(dir, 'shop.log'))).mode & 0o137).toBe(0);
    expect((await stat(dir)).mode & 0o027).toBe(0);
    expect(events).toEqual([]);
  });

  it('is rotated by size, keeps as many as wanted, and loses no line of those', async () => {
    const file = open();
    for (let n = 0; n < 100; n++) file.write(line(`${n} ${'x'.repeat(96)}`));
    await file.close();
    expect((await readdir(dir)).sort()).toEqual(['shop.log', 'shop.log.1', 'shop.log.2']);
    const all = await Promise.all(['shop.log.2', 'shop.log.1', 'shop.log'].map(read));
    const numbers = all
      .join('')
      .trimEnd()
      .split('\n')
      .map((it) => Number.parseInt(it, 10));
    expect(numbers).toEqual(numbers.map((_, at) => 100 - numbers.length + at));
    expect(numbers.length).toBeGreaterThan(20);
  });

  it('is rotated by age', async () => {
    const file = open({ maxBytes: 1_000_000, maxAgeMs: 1_000 });
    await vi.waitFor(async () => {
      file.write(line('aged'));
      expect(await read('shop.log.1')).toContain('aged');
    });
  });

  it.each([
    ['its folder is deleted', () => rm(dir, { recursive: true })],
    ['it is moved away', () => rename(join(dir, 'shop.log'), join(dir, 'elsewhere'))],
  ])('is made anew where %s', async (_, act) => {
    const file = open();
    file.write(line('before'));
    await vi.waitFor(async () => expect(await read('shop.log')).toBe('before\n'));
    await act();
    await vi.waitFor(async () => {
      file.write(line('after'));
      expect(await read('shop.log')).toContain('after');
    });
  });

  it('loses what a full disk does not take, says so once, and goes on when there is room', async (context) => {
    await mkdir(dir);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none', dir]);
    context.skip(mounted.status !== 0, 'may not mount a small disk to fill; run it as root');
    try {
      await writeFile(join(dir, 'other'), Buffer.alloc(40_000));
      const file = open({ maxBytes: 1_000_000 });
      // More than there is room for, and less than is kept in memory while the disk is slow.
      for (let n = 0; n < 10; n++) file.write(Buffer.alloc(10_000, 'y\n'));
      await vi.waitFor(() =>
        expect(events[0]).toMatch(/^log-file\.failed: \S+\/shop\.log cannot be written: ENOSPC/),
      );
      await rm(join(dir, 'other'));
      await rm(join(dir, 'shop.log'));
      await vi.waitFor(async () => {
        file.write(line('room again'));
        expect(await read('shop.log')).toContain('room again');
      });
      expect(events.filter((it) => it.startsWith('log-file.failed'))).toHaveLength(1);
      await vi.waitFor(() => expect(events[1]).toMatch(/^log-file\.dropped: [1-9]\d* bytes /));
    } finally {
      for (const file of files.splice(0)) await file.close();
      spawnSync('umount', ['-l', dir]);
    }
  });

  it('keeps no more in memory than its bound, however much comes at once', async () => {
    const file = open({ maxBytes: 100_000_000 });
    for (let n = 0; n < 100; n++) file.write(Buffer.alloc(100_000, 'z\n'));
    file.write(line('too much'));
    await vi.waitFor(() => expect(events[0]).toMatch(/^log-file\.dropped: [1-9]\d* bytes /));
    await file.close();
    expect((await stat(join(dir, 'shop.log'))).size).toBeLessThan(1_200_000);
  });

  it.each([
    ['others may write to it', () => mkdir(dir).then(() => chmod(dir, 0o777)), /others may write/],
    ['it is a file', () => writeFile(dir, ''), /EEXIST|ENOTDIR/],
    [
      'a link is in the place of the file',
      async () => {
        await mkdir(dir, { mode: 0o700 });
        await symlink('/etc/passwd', join(dir, 'shop.log'));
      },
      /shop\.log is there, and is no file/,
    ],
  ])('is refused at the start where %s', async (_, prepare, says) => {
    await prepare();
    expect(() => open()).toThrow(says);
    expect(() => open()).toThrow(/logs\.dir: \S+ cannot be used/);
  });

  it.runIf(process.getuid?.() === 0)('is refused in a folder of another user', async () => {
    await mkdir(dir, { mode: 0o700 });
    await chown(dir, 20_011, 20_011);
    expect(() => open()).toThrow(/it belongs to the user with id 20011/);
  });
});

describe('the interval of a rotation', () => {
  it.each([
    [86_400_000, '1d'],
    [7 * 86_400_000, '7d'],
    [6 * 3_600_000, '6h'],
    [90 * 60_000, undefined],
    [5 * 3_600_000, undefined],
    [30 * 60_000, '30m'],
    [1_000, '1s'],
    [0.5, undefined],
    [0, undefined],
    [-1_000, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])('for %d ms is %s', (ms, interval) => {
    expect(intervalOf(ms)).toBe(interval);
  });
});

describe('the options of logs', () => {
  it.each([
    [undefined, { keep: false, prefix: false, file: undefined }],
    ['keep', { keep: true, prefix: false, file: undefined }],
    ['prefix', { keep: true, prefix: true, file: undefined }],
    [{ keep: false }, { keep: false, prefix: false, file: undefined }],
    [
      { dir: '/x' },
      {
        ...{ keep: true, prefix: false },
        file: { dir: '/x', maxBytes: 10_485_760, maxAgeMs: 86_400_000, maxFiles: 10 },
      },
    ],
  ] as const)('%j become %j', (given, resolved) => {
    expect(resolveLogs(given)).toEqual(resolved);
  });

  it.each([
    ['all', /logs: "all" is not one of "inherit", "keep", "prefix", or an object/],
    [{ maxByte: 1 }, /logs: there is no option "maxByte"\. Did you mean "maxBytes"\?/],
    [{ dir: 5 }, /logs\.dir: 5 is not a string/],
    [{ maxBytes: 5_000 }, /logs\.maxBytes: there is no file without logs\.dir/],
    [{ dir: '/x', maxBytes: 5 }, /logs\.maxBytes: 5 is not a whole number of 1024 or more/],
    [{ dir: '/x', maxFiles: 0 }, /logs\.maxFiles: 0 is not a whole number/],
    [{ dir: '/x', maxAgeMs: 5 }, /logs\.maxAgeMs: 5 is neither whole days nor/],
    [{ keep: false, dir: '/x' }, /logs\.dir: it needs lines that pass through the primary/],
    [{ keep: false, prefix: true }, /logs\.prefix: it needs lines that pass through/],
    [{ keep: 'yes' }, /logs\.keep: "yes" is neither true nor false/],
  ])('%j are refused', (given, says) => {
    expect(() => resolveLogs(given as never)).toThrow(says);
  });
});
