// docs/troubleshooting.md: each message that it quotes is provoked with real processes, and looks as it is quoted.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { judgeRedis } from '../../packages/core/dist/command/doctor/judge-redis.js';
import { assertNode } from '../../packages/core/dist/supervisor/runtime.js';
import { examplesOf } from '../support/guide.js';
import { createReader } from '../support/reader.js';
import { startRedis } from '../support/redis/server.js';

const quoted = await examplesOf('docs/troubleshooting.md', 'text', [
  'addressInUse',
  'degraded',
  'neverReady',
  'nothingToRun',
  'requireEsm',
  'ts1479',
  'lmdb',
  'runtime',
  'memoryStore',
  'elsewhere',
  'option',
  'full',
  'cannotOpen',
  'redis',
  'emptied',
  'clock',
  'aborted',
  'noCluster',
]);
const { counter } = await examplesOf('docs/troubleshooting.md', 'js', ['counter']);

/** As quoted, wherever it stands in a line; `…` is anything. */
const seen = (quote: string) =>
  new RegExp(
    quote
      .trim()
      .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      .replaceAll('…', '.*'),
  );

const SERVER = `
  import { existsSync } from 'node:fs';
  import { createServer } from 'node:http';
  if (existsSync('broken')) throw new Error('no database');
  createServer((req, res) => res.end()).listen(existsSync('moved') ? 0 : process.env.PORT, '127.0.0.1');
`;
const CALLS = `
  import { createSharedStore } from '@muster/core';
  const tell = ({ message }) => console.log(message);
  const store = createSharedStore();
  await store.set('a', 1, { ttl: 60 }).catch(tell);
  ${counter}
  console.log('visit', visits);
  await store.close();
  const small = createSharedStore({ url: 'lmdb:small', maxBytes: 2 ** 20 });
  for (let n = 0, isFull = false; !isFull; n++) {
    await small.set(String(n), 'x'.repeat(10_000)).catch((error) => tell(error, (isFull = true)));
  }
  await small.close();
  const file = createSharedStore({ url: 'lmdb:package.json/store' });
  await file.get('a').catch(tell);
  const away = createSharedStore({ url: 'redis://127.0.0.1:1', deadlineMs: 100 });
  await away.get('a').catch(tell);
  await away.close();
`;
const GET = `
  import { createSharedStore } from '@muster/core';
  const store = createSharedStore();
  await store.get('a').catch(({ message }) => console.log(message));
  await store.close();
`;
const EMPTIED = `
  import { createSharedStore } from '@muster/core';
  const store = createSharedStore();
  await store.set('a', 1);
  console.log('stored');
  process.once('warning', () => setImmediate(() => process.exit()));
  setInterval(() => {}, 1_000);
`;
const NEVER = `
  import { startCluster } from '@muster/core';
  const ready = { when: 'ready()', timeoutMs: 500 };
  await startCluster({ workers: 1, ready, worker: () => setInterval(() => {}, 1_000) });
`;
/** As where its binary is missing. */
const NO_LMDB = `
  import Module, { register } from 'node:module';
  const load = Module._load;
  Module._load = (name, ...rest) => {
    if (name === 'lmdb') throw new Error('No native build');
    return load(name, ...rest);
  };
  const resolve = "export const resolve = (name, context, next) => { if (name === 'lmdb') throw new Error('No native build'); return next(name, context); }";
  register('data:text/javascript,' + encodeURIComponent(resolve));
`;

let reader: Awaited<ReturnType<typeof createReader>>;
beforeAll(async () => {
  reader = await createReader({ installs: ['express-session'] });
  await reader.write('package.json', '{ "type": "module" }');
  await reader.write('server.js', SERVER);
  await reader.write('get.js', GET);
});
afterAll(() => reader[Symbol.asyncDispose]());

test('of a cluster that runs: a second start, a reload to another port, workers that fail', async () => {
  const shop = await reader.start('muster start server.js -w 2 --name shop');
  await shop.printed(/shop is ready: 2 workers/);

  const second = await reader.type('muster start server.js -w 1 --name other', { code: 1 });
  expect(second).toMatch(seen(quoted.addressInUse));

  await reader.write('moved', '');
  expect(await reader.type('muster reload', { code: 1 })).toMatch(seen(quoted.aborted));

  await reader.write('broken', '');
  for (const { pid } of (await reader.status()).workers) process.kill(pid ?? 0, 'SIGKILL');
  await expect
    .poll(() => reader.type('muster status'), { interval: 500 })
    .toMatch(seen(quoted.degraded));
  await reader.type('muster stop');
  expect(await reader.type('muster status', { code: 3 })).toMatch(seen(quoted.noCluster));
});

test('of starts: never ready, and nothing to run', async () => {
  await reader.write('never.js', NEVER);
  expect(await reader.type('node never.js', { code: 1 })).toMatch(
    seen(quoted.neverReady.replace('muster: ', '').replace(' (MUSTER_WORKER_START)', '')),
  );
  await reader.write('script.js', '');
  expect(await reader.type('muster start script.js -w 1')).toMatch(seen(quoted.nothingToRun));
});

test('of packages and runtimes', async () => {
  const required = 'node --no-experimental-require-module -e "require(\'@muster/core\')"';
  expect(await reader.type(required, { code: 1 })).toMatch(seen(quoted.requireEsm));

  await reader.write('old/package.json', '{ "type": "commonjs" }');
  await reader.write('old/app.ts', "import { startCluster } from '@muster/core';\nstartCluster;");
  const tsc = `node '${new URL('../../node_modules/typescript/bin/tsc', import.meta.url).pathname}'`;
  const old = await reader.type(`${tsc} --noEmit --module node16 --skipLibCheck old/app.ts`, {
    code: 1,
  });
  expect(old).toMatch(seen(quoted.ts1479));

  await reader.write('no-lmdb.js', NO_LMDB);
  expect(await reader.type('node --import ./no-lmdb.js get.js')).toMatch(seen(quoted.lmdb));
  expect(() => assertNode({ bun: '1.3.0' })).toThrow(seen(quoted.runtime));
});

test('of the store and sessions', async () => {
  await reader.write('calls.js', CALLS);
  const said = await reader.type('node calls.js');
  expect(said).toMatch(/^visit 1$/m);
  for (const name of ['option', 'full', 'cannotOpen', 'redis'] as const) {
    expect(said).toMatch(seen(quoted[name]));
  }
  const findings = judgeRedis({ label: 'redis://cache', info: {}, aheadMs: -90_000, answerMs: 1 });
  expect(findings.map(({ says }) => says).join('\n')).toMatch(seen(quoted.clock));

  await reader.write('jobs/.keep', '');
  expect(await reader.type('cd jobs && node ../get.js')).toMatch(seen(quoted.elsewhere));
  const memory = `NODE_ENV=production node -e "require('express-session')({ secret: 'x', resave: false, saveUninitialized: false })"`;
  expect(await reader.type(memory)).toMatch(seen(quoted.memoryStore));
});

test('of a Redis that comes back without its data', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  await reader.write('emptied.js', EMPTIED);
  const app = await reader.start(`REDIS_URL=${redis.url} node emptied.js`);
  await app.printed(/stored/);
  await redis.restart();
  await app.exited;
  expect(app.output()).toMatch(seen(quoted.emptied));
});
