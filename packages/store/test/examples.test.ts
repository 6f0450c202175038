// The examples of the guide do what they say, on both engines.
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const example = (name: string) =>
  fileURLToPath(new URL(`../../../docs/examples/store/${name}`, import.meta.url));

/** A store of this test's own, by its URL. */
const stores = {
  async embedded(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'muster-example-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return `lmdb:${folder}`;
  },
  /** The examples have no prefix of their own: what they left is removed before and after. */
  async redis(): Promise<string> {
    const url = new URL(inject('redisUrl'));
    url.pathname = '/9';
    const client = new Redis(url.href);
    onTestFinished(() => client.disconnect());
    await client.flushdb();
    return url.href;
  },
};

test.each([
  ['locks.js', 'embedded', ['left: 90', 'printing', 'MUSTER_LOCK_TIMEOUT']],
  ['locks.js', 'redis', ['left: 90', 'printing', 'MUSTER_LOCK_TIMEOUT']],
  ['cache.js', 'embedded', ["{ id: 'ada', name: 'Ada' } 1", 'after invalidateTag: 2']],
  ['cache.js', 'redis', ["{ id: 'ada', name: 'Ada' } 1", 'after invalidateTag: 2']],
  ['watch.js', 'embedded', ['dark-mode is true', 'dark-mode is undefined']],
  ['watch.js', 'redis', ['dark-mode is true', 'dark-mode is undefined']],
  [
    'diagnostics.js',
    'embedded',
    ['set embedded ok true', 'increment embedded MUSTER_WRONG_TYPE true'],
  ],
] as const)('%s on the %s engine', async (name, engine, lines) => {
  const env = { ...process.env, MUSTER_STORE_URL: await stores[engine]() };
  const { stdout } = await run(process.execPath, [example(name)], { env, timeout: 100_000 });
  expect([...new Set(stdout.trim().split('\n'))]).toEqual(lines);
});

test('leader.js: when the leader ends, another one leads', async () => {
  const env = { ...process.env, MUSTER_STORE_URL: await stores.embedded() };
  const start = () => {
    const child = fork(example('leader.js'), { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const lines = (child: ChildProcess) =>
    createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const first = start();
  const told = lines(first);
  expect(await once(told, 'line')).toEqual([`${first.pid} leads`]);
  const second = start();
  const leads = once(lines(second), 'line');
  const stopped = once(told, 'line');
  first.kill('SIGTERM');
  expect(await stopped).toEqual(['stopped']);
  expect(await leads).toEqual([`${second.pid} leads`]);
});
