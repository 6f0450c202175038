import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { findRedisServer, NoRedisServerError } from './find-server.js';
import { type RedisServer, startRedis } from './server.js';

function connect(url: string) {
  const redis = new Redis(url, { retryStrategy: () => 20, enableOfflineQueue: true });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

async function start(...args: string[]): Promise<RedisServer> {
  const server = await startRedis({ args });
  onTestFinished(() => server.stop());
  return server;
}

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('the shared Redis of the run answers, and REDIS_URL is kept from the tests', async () => {
  expect(await connect(inject('redisUrl')).ping()).toBe('PONG');
  expect(process.env.REDIS_URL).toBeUndefined();
});

test('a started server answers on loopback only, and is gone with its folder after stop', async () => {
  const server = await start();
  const redis = connect(server.url);
  expect(await redis.ping()).toBe('PONG');
  expect(await redis.config('GET', 'bind')).toEqual(['bind', '127.0.0.1']);
  const [, folder = ''] = (await redis.config('GET', 'dir')) as string[];
  expect(existsSync(folder)).toBe(true);
  const { pid = 0 } = server;
  expect(process.kill(pid, 0)).toBe(true);
  await server.stop();
  expect(server.pid).toBeUndefined();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(existsSync(folder)).toBe(false);
});

test('an append-only server keeps acknowledged writes over kill and restart on the same port', async () => {
  const server = await start('--appendonly', 'yes', '--appendfsync', 'always');
  const redis = connect(server.url);
  await redis.set('kept', 'yes');
  const { pid, port } = server;
  await server.kill();
  expect(server.pid).toBeUndefined();
  await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  expect(await redis.get('kept')).toBe('yes');
});

test('by default nothing is kept over a restart', async () => {
  const server = await start();
  const redis = connect(server.url);
  await redis.set('kept', 'yes');
  await server.restart();
  expect(await redis.get('kept')).toBeNull();
});

test('what the server refuses is an error that names the arguments', async () => {
  await expect(startRedis({ args: ['--no-such-setting', '1'] })).rejects.toThrow(
    /did not start .*--no-such-setting 1/,
  );
});

test('a port in use is an error that names it, and the port is not silently another one', async () => {
  const { port } = await start();
  await expect(startRedis({ port })).rejects.toThrow(`port ${port}`);
});

test('where no way works, the error lists every way that was tried, with its reason', async () => {
  const empty = await temporaryFolder();
  const failure = await findRedisServer({ path: empty, cacheFolder: empty }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(NoRedisServerError);
  const { message } = failure as Error;
  expect(message).toContain(`- on PATH: no redis-server; no valkey-server in ${empty}`);
  expect(message).toMatch(/- unpacked before: \S+redis-server does not exist/);
  expect(message).toMatch(/- built before: \S+redis-server does not exist/);
  expect(message).toContain('- Debian packages: no apt-get');
  expect(message).toContain('- build from source: there is no make');
  expect(message).toContain('set REDIS_URL');
});

test.each([
  [
    'is too old',
    'echo "Redis server v=6.0.16 sha=00000000:0"',
    'is Redis 6.0.16; 6.2 is the oldest supported',
  ],
  [
    'cannot start',
    'echo "libjemalloc.so.2: cannot open" >&2; exit 127',
    'libjemalloc.so.2: cannot open',
  ],
  ['is something else', 'echo hello', '--version says "hello"'],
])('an installed server that %s is passed over with the reason', async (_, script, reason) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'redis-server'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await expect(findRedisServer({ path: folder, ways: ['on PATH'] })).rejects.toThrow(reason);
});

test('a valkey-server on PATH will do', async () => {
  const folder = await temporaryFolder();
  const command = join(folder, 'valkey-server');
  const cli = join(folder, 'valkey-cli');
  await writeFile(command, '#!/bin/sh\necho "Valkey server v=8.1.4 sha=00000000:0"\n', {
    mode: 0o755,
  });
  await writeFile(cli, '#!/bin/sh\n', { mode: 0o755 });
  const found = await findRedisServer({ path: folder, ways: ['on PATH'] });
  expect(found).toMatchObject({ command, cli, version: '8.1.4' });
});
