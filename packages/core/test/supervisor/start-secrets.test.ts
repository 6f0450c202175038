// A worker prints an error of its store and ends: what the cluster makes of its last lines has no password in it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { startRedis } from '../../../../test/support/redis/server.js';

const SECRET = 'hunter2-is-secret';
const CORE = new URL('../../dist/index.js', import.meta.url).href;

const APP = `
  import { inspect } from 'node:util';
  import { createSharedStore, startCluster } from ${JSON.stringify(CORE)};
  const json = (error) => JSON.stringify(error, Object.getOwnPropertyNames(error).concat('cause', 'command', 'args'));
  try {
    await startCluster({
      workers: 1,
      restart: { giveUp: { maxCrashes: 1 } },
      async worker() {
        const store = createSharedStore({ url: process.env.STORE_URL, deadlineMs: 1_000 });
        await store.get('key').catch((error) => {
          console.error(error, json(error));
          process.exit(1);
        });
      },
    });
  } catch (error) {
    console.log('start failed', error.code, error.stderr.length);
    console.log(inspect(error, { depth: Infinity, showHidden: true }), json(error));
  }
`;

it('a password of the store is in nothing that a failed start says', async () => {
  const server = await startRedis({ args: ['--requirepass', 'right'] });
  onTestFinished(() => server.stop());
  const cwd = await mkdtemp(join(tmpdir(), 'mu-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'app.mjs'), APP);
  const env = { STORE_URL: server.url.replace('//', `//somebody:${SECRET}@`) };
  await using program = runProgram(join(cwd, 'app.mjs'), { cwd, env });
  await program.printed(/start failed MUSTER_WORKER_START [1-9]/);
  await program.exited;
  expect(program.output()).toContain('WRONGPASS');
  expect(program.output()).not.toContain(SECRET);
});
