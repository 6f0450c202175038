// `muster doctor`: its judgements as tables, and a few set-ups as they are.
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import type { Finding } from '../../dist/command/doctor/finding.js';
import { limitIn } from '../../dist/command/doctor/gather-machine.js';
import { fieldsOf } from '../../dist/command/doctor/gather-redis.js';
import { judgeConfig, judgeControl, judgeStore } from '../../dist/command/doctor/judge-folder.js';
import {
  judgeLimits,
  judgeMemory,
  judgeNode,
  judgeProcessors,
  judgeVariables,
} from '../../dist/command/doctor/judge-machine.js';
import { judgeRedis } from '../../dist/command/doctor/judge-redis.js';

/** `error: what it says`. Each that is not ok says what to do. */
const said = (found: readonly Finding[]) =>
  found.map(({ level, says, advice }) => {
    if (level !== 'ok') expect(advice).toMatch(/\w/);
    return level === 'ok' ? 'ok' : `${level}: ${says}`;
  });
const NOW = Date.parse('2026-11-28');
const MB = 2 ** 20;

describe('a judgement', () => {
  const node = {
    ...{ version: 'v24.1.0', now: NOW, platform: 'linux', options: '' },
    ...{ muster: '1.0.0', musterHere: '1.0.0' },
  };
  it.each([
    ['what is current', {}, 'ok'],
    ['no package here', { musterHere: undefined }, 'ok'],
    ['too old a Node', { version: 'v20.18.1' }, 'error: Node v20.18.1 is older than 20.19'],
    [
      'a Node without fixes',
      { version: 'v20.19.0' },
      'warning: .* no security fixes since 2026-04-30',
    ],
    [
      'a debug port',
      { options: '--inspect=0.0.0.0:9229' },
      'warning: NODE_OPTIONS opens a debug port',
    ],
    ['no debug port', { options: '--inspect-publish-uid=http --title=--inspect-x' }, 'ok'],
    [
      'another copy',
      { musterHere: '0.9.0' },
      'warning: the command is 1.0.0, and the app has .* 0.9.0',
    ],
    ['Windows', { platform: 'win32' }, 'error: Windows'],
    ['a clock that was never set', { now: 0 }, 'error: the clock says 1970-01-01'],
  ])('of Node: %s', (_, facts, says) => {
    expect(said(judgeNode({ ...node, ...facts }))).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    [{ MUSTER_MACHNES: '1' }, /MUSTER_MACHNES is set.* mean "MUSTER_MACHINES"\?/],
    [{ MUSTER_MACHINE: 'redis://127.0.0.1' }, /MUSTER_MACHINE is set.* mean "MUSTER_MACHINES"\?/],
    [{ MUSTER_WORKERS: '3' }, /MUSTER_WORKERS is set.* It reads MUSTER_STORE_URL/],
  ])('of variables: %j', (environment, says) => {
    const right = { MUSTER_STORE_URL: 'lmdb:x', MUSTER_RUNTIME_DIR: '/x', PATH: '/bin' };
    expect(said(judgeVariables({ ...right, ...environment }))).toEqual([
      expect.stringMatching(says),
    ]);
    expect(judgeVariables(right)).toEqual([]);
    // What a worker starts has the variables of the worker.
    expect(judgeVariables({ ...environment, MUSTER_CHILD_OF: '' })).toEqual([]);
  });

  const app = { name: undefined, workers: 4, maxRssBytes: 0 };
  const limits = { files: 65_536, processes: 10_000, backlog: 4_096 };
  it.each([
    ['enough', {}, 'ok'],
    ['unknown', { files: undefined, processes: undefined, backlog: undefined }, 'ok'],
    ['few files', { files: 1_024 }, 'warning: a process may have 1024 files'],
    ['few processes', { processes: 100 }, 'warning: this user may have 100 processes .* about 144'],
    ['a short backlog', { backlog: 128 }, 'warning: the kernel keeps 128 new connections'],
  ])('of limits: %s', (_, facts, says) => {
    expect(said(judgeLimits({ ...limits, ...facts }, [app]))).toEqual([
      expect.stringMatching(says),
    ]);
  });

  it.each([
    ['as many workers as cores', { cores: 4, quota: Infinity }, ['ok']],
    ['more', { cores: 2, quota: Infinity }, ['warning: 4 workers share 2 cores']],
    [
      'more than the cgroup grants',
      { cores: 8, quota: 1.2 },
      ['warning: 4 workers share 1 core (the limit of the cgroup)'],
    ],
  ])('of processors: %s', (_, facts, says) => {
    expect(said(judgeProcessors({ ...facts, memoryBytes: 0 }, [app]))).toEqual(says);
  });

  it.each([
    ['enough', 4_096, 0, ['ok']],
    ['little', 256, 0, ['warning: 256 MB is little for 4 workers and the primary']],
    [
      'limits that are above it',
      1_024,
      512,
      [expect.stringMatching(/^warning: 4 workers of 512 MB .* are more than 1 GB/)],
    ],
  ])('of memory: %s', (_, megabytes, maxRss, says) => {
    const machine = { cores: 4, quota: Infinity, memoryBytes: megabytes * MB };
    const found = judgeMemory(machine, [{ ...app, maxRssBytes: maxRss * MB }]);
    expect(said(found)).toEqual(says);
  });

  it('of a config: each fault is an error', () => {
    const apps = [app];
    expect(said(judgeConfig({ file: '/x/muster.config.ts', faults: [], apps }))).toEqual(['ok']);
    expect(said(judgeConfig({ file: '/x/c', faults: ['a.', 'b'], apps }))).toEqual([
      'error: a',
      'error: b',
    ]);
  });

  const control = {
    ...{ folders: ['/run/m', '/tmp/m'], refused: [], usable: '/run/m', stale: [] },
    longestPath: 40,
  };
  it.each([
    ['one that is usable', {}, ['ok']],
    ['none', { usable: undefined }, ['error: no folder for control sockets']],
    [
      'one of another user',
      { refused: [{ folder: '/run/m', fault: 'it belongs to 5' }] },
      ['warning: /run/m is not used: it belongs to 5'],
    ],
    ['one that is deep', { longestPath: 120 }, ['error: the path of a socket']],
    [
      'what a killed primary left',
      { stale: ['/run/m/a.sock'] },
      ['warning: nobody listens on /run/m/a.sock'],
    ],
  ])('of control sockets: %s', (_, facts, says) => {
    expect(said(judgeControl({ ...control, ...facts }))).toEqual(
      says.map((begins) => expect.stringContaining(begins)),
    );
  });

  const store = {
    ...{ path: '/srv/s', exists: true, uid: 5, ownUid: 5, mode: 0o40700, canWrite: true },
    ...{ fileSystem: 0xef53, freeBytes: 9e9, totalBytes: 9e10, bytes: 5_000 },
    ...{ setAside: undefined, inContainer: false, fault: undefined },
  };
  it.each([
    ['one that is fine', {}, ['ok']],
    ['one that is not made yet', { exists: false, uid: 0, mode: 0o40755 }, ['ok']],
    [
      'where it cannot be made',
      { exists: false, canWrite: false },
      ['error: /srv/s cannot be made'],
    ],
    [
      'a data file that is damaged',
      { fault: 'it was cut off' },
      ['error: the data file of /srv/s cannot be used: it was cut off'],
    ],
    [
      'one of another user',
      { uid: 6, canWrite: false },
      ['warning: /srv/s belongs to the user with id 6'],
    ],
    [
      'one that others may read',
      { mode: 0o40755 },
      ['warning: /srv/s is open to other users (mode 755)'],
    ],
    ['on NFS', { fileSystem: 0x6969 }, ['error: /srv/s is on NFS']],
    ['in memory', { fileSystem: 0x01021994 }, ['warning: /srv/s is in memory']],
    [
      'in /dev/shm of a container',
      { fileSystem: 0x01021994, inContainer: true, totalBytes: 64 * MB, freeBytes: 60 * MB },
      [
        'warning: only 60 MB',
        'warning: /srv/s is in memory (tmpfs, 64 MB in all), and gone when the container stops',
      ],
    ],
    [
      'in the container itself',
      { fileSystem: 0x794c7630, inContainer: true },
      ['warning: /srv/s is in the container itself'],
    ],
    ['on a full disk', { freeBytes: 4_096 }, ['error: only 4 KB are free']],
    [
      'with a damaged file',
      { setAside: '/srv/s/data.mdb.aside' },
      ['warning: a damaged file was set aside'],
    ],
  ])('of an embedded store: %s', (_, facts, says) => {
    expect(said(judgeStore({ ...store, ...facts }))).toEqual(
      says.map((begins) => expect.stringContaining(begins)),
    );
  });

  const info = { redis_version: '7.2.4', maxmemory: '0', aof_enabled: '1', role: 'master' };
  const full = { maxmemory: '1000000', used_memory: '990000', maxmemory_policy: 'noeviction' };
  it.each([
    ['one that is fine', {}, {}, ['ok']],
    ['one that may be asked nothing', { info: {} }, {}, ['ok']],
    [
      'one that is away',
      { fault: 'connect ECONNREFUSED' },
      {},
      ['error: r cannot be used: connect'],
    ],
    [
      'one that is old',
      {},
      { redis_version: '6.0.16' },
      ['error: r is Redis 6.0.16, and Muster needs 6.2'],
    ],
    ['Valkey', {}, { redis_version: '7.2.4', valkey_version: '8.0.1' }, ['ok']],
    [
      'one that evicts',
      {},
      { maxmemory: '1000', maxmemory_policy: 'allkeys-lru' },
      ['error: r removes keys'],
    ],
    ['one that would evict, without a limit', {}, { maxmemory_policy: 'allkeys-lru' }, ['ok']],
    ['one that has evicted', {}, { evicted_keys: '7' }, ['warning: r has removed 7 keys']],
    ['one that is nearly full', {}, full, ['warning: r has 967 KB of its 977 KB in use']],
    [
      'one that keeps nothing',
      { save: '' },
      { aof_enabled: '0' },
      ['warning: r keeps nothing on disk'],
    ],
    ['one whose settings nobody may see', {}, { aof_enabled: '0' }, ['ok']],
    [
      'one that cannot write',
      {},
      { rdb_last_bgsave_status: 'err', aof_last_write_status: 'err' },
      ['error: r could not write its snapshot', 'error: r could not write its append-only'],
    ],
    ['a replica', {}, { role: 'slave' }, ['error: r is a replica']],
    [
      'one without room',
      {},
      { maxclients: '100', connected_clients: '90' },
      ['warning: r has room for 10 more'],
    ],
    [
      'one that ends idle connections',
      { idleSeconds: 60 },
      {},
      ['warning: r ends connections that are idle for 60 s'],
    ],
    [
      'one whose clock is behind',
      { aheadMs: -3_000 },
      {},
      ["warning: its clock is 3.0 s behind this machine's"],
    ],
    ['one that is far away', { answerMs: 80 }, {}, ['warning: r takes 80 ms']],
  ])('of a Redis: %s', (_, facts, more, says) => {
    expect(said(judgeRedis({ label: 'r', info: { ...info, ...more }, ...facts }))).toEqual(
      says.map((begins) => expect.stringContaining(begins)),
    );
  });

  it('knows limits and fields as the system and Redis write them', () => {
    const text =
      'Limit  Soft  Hard\nMax open files   1024   524288   files \nMax processes   5   unlimited   p\n';
    expect(limitIn(text, 'Max open files')).toBe(524_288);
    expect(limitIn(text, 'Max processes')).toBe(Number.POSITIVE_INFINITY);
    expect(limitIn('', 'Max processes')).toBeUndefined();
    expect(fieldsOf('# Server\r\nredis_version:7.2.4\r\n\r\nempty:\r\n')).toEqual({
      ...{ redis_version: '7.2.4', empty: '' },
    });
  });
});

describe('muster doctor', async () => {
  const deployment = await createDeployment();
  afterAll(() => deployment[Symbol.asyncDispose]());

  const doctor = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await deployment.muster(['doctor', ...args], { env });
    expect(stderr).toBe('');
    return { code, stdout };
  };
  const findingsOf = async (env: Record<string, string>, ...args: string[]) => {
    const { code, stdout } = await doctor(['--json', ...args], env);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    return { code, of: (about: string) => findings.filter((one) => one.about === about) };
  };

  it('finds nothing that stops an app on its Redis', async () => {
    const { code, of } = await findingsOf({ REDIS_URL: inject('redisUrl') });
    expect(code).toBe(0);
    expect(of('config')).toMatchObject([{ level: 'ok', says: 'none in this folder' }]);
    expect(of('control')).toMatchObject([{ level: 'ok' }]);
    expect(of('redis').map(({ level }) => level)).not.toContain('error');
    expect(of('store')).toEqual([]);
  });

  it('says everything that is wrong, without a password, and exits with 1', async () => {
    // A server that accepts, and never answers.
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const runtime = deployment.runtimeFolder;
    const folder = join(runtime, `muster-${process.getuid?.() ?? -1}`);
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    const config = {
      apps: {
        shop: {
          file: 'gone.cjs',
          workers: { min: 1, max: 900 },
          store: { url: `redis://:secret@127.0.0.1:${port}` },
        },
        jobs: { file: 'server.cjs', store: { url: 'lmdb:kept' }, environments: { e: {} } },
      },
    };
    const file = join(deployment.app, 'muster.config.json');
    await mkdir(join(deployment.app, 'kept'));
    await writeFile(join(deployment.app, 'kept/data.mdb'), 'this is no store');
    await chmod(join(deployment.app, 'kept'), 0o755);
    await writeFile(file, JSON.stringify(config));
    try {
      const { code, stdout } = await doctor(['--config', file, '--environment', 'e']);
      expect(code).toBe(1);
      expect(stdout).not.toContain('secret');
      for (const line of [
        /^warning +processors +shop: 900 workers share \d+ cores? /m,
        /^error +config +apps\.shop\.file: There is no file \S+gone\.cjs — \w/m,
        /^warning +control +\S+ is not used: others may write to it — \w/m,
        /^error +redis +redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ cannot be used: .* — \w/m,
        /^warning +store +\S+kept is open to other users \(mode 755\)/m,
        /^error +store +the data file of \S+kept cannot be used: it was cut off — \w/m,
        /^4 errors, \d warnings?$/m,
      ]) {
        expect(stdout).toMatch(line);
      }
      // It has only looked.
      expect(await readdir(join(deployment.app, 'kept'))).toEqual(['data.mdb']);
    } finally {
      silent.close();
    }
  });
});
