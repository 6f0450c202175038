// The Redis of the store is wrong, or goes away: what the log says of it, and that nobody waits for what cannot come.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';
import { startRedis } from '../../../../test/support/redis/server.js';

const CORE = new URL('../../dist/index.js', import.meta.url).href;
const LOCKS = 'the locks of a worker that is gone could not be freed';

/** A cluster with one worker, whose code is given, and the store that the environment names. */
async function start(worker: string, url: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'mu-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const app = `
    import { createSharedStore, startCluster } from ${JSON.stringify(CORE)};
    const started = startCluster({ workers: 1, async worker() { ${worker} } });
    await started.catch((error) => console.log('start failed', error.message));
  `;
  await writeFile(join(cwd, 'app.mjs'), app);
  const program = runProgram(join(cwd, 'app.mjs'), { cwd, env: { REDIS_URL: url } });
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

it('a wrong password ends the start before any deadline', async () => {
  const server = await startRedis({ args: ['--requirepass', 'right'] });
  onTestFinished(() => server.stop());
  const program = await start(
    'await createSharedStore({ deadlineMs: 1_000_000 }).set("key", 1);',
    server.url.replace('//', '//:it-is-secret@'),
  );
  await program.printed(/start failed .*WRONGPASS/);
  await program.exited;
  expect(program.output()).not.toContain(LOCKS);
  expect(program.output()).not.toContain('it-is-secret');
});

it('a Redis that is not there is told of, and no locks that nobody held', async () => {
  const port = await freePort();
  const program = await start(
    'await createSharedStore({ deadlineMs: 3_000 }).set("key", 1);',
    `redis://127.0.0.1:${port}`,
  );
  await program.printed(new RegExp(`start failed .*ECONNREFUSED 127.0.0.1:${port}`));
  await program.exited;
  const [before = '', after = ''] = program.output().split('start failed');
  const waits = `The store waits for the Redis at 127.0.0.1:${port}`;
  expect(before).toContain(waits);
  // The primary would still be waiting when all is said.
  expect(after).not.toContain(waits);
  expect(program.output()).not.toContain(LOCKS);
});

it('locks that were held are told of', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const program = await start(
    `await createSharedStore().lock('held', { ttlMs: 600_000 });
    console.log('held by', process.pid);
    setInterval(() => {}, 1_000);`,
    server.url,
  );
  const [, pid] = await program.printed(/held by (\d+)/);
  await server.kill();
  process.kill(Number(pid), 'SIGKILL');
  await program.printed(new RegExp(LOCKS));
});
