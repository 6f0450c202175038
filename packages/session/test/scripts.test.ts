// What only a process of its own can show.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { emptyStore, engines } from './support/stores.js';

const run = promisify(execFile);
const FASTIFY_CALLS = ['get', 'set', 'destroy'];
const EXPRESS_CALLS = [...FASTIFY_CALLS, 'touch', 'all', 'ids', 'length', 'clear'];
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name);

describe.each(engines)('%s', (engine) => {
  test.each(['express', 'fastify'])(
    '%s: what a callback throws is reported, and ends nothing; each callback is called once',
    async (framework) => {
      const options = JSON.stringify(await emptyStore(engine));
      const { stdout } = await run(process.execPath, [
        fixture('throwing-callback.js'),
        framework,
        options,
      ]);
      const calls = framework === 'express' ? EXPRESS_CALLS : FASTIFY_CALLS;
      const lines = ['succeeds', 'fails'].flatMap((outcome) =>
        calls.map((name) => `${name} that ${outcome}: 1 call\n`),
      );
      // Of one line that throws, one report.
      const report = 'MUSTER_SESSION_CALLBACK_FAILED: Error: from the callback\n';
      expect(stdout).toBe([...lines, report].join(''));
    },
  );

  test('fastify: an async handler that sends and returns nothing answers each request, and the process lives', async () => {
    const options = JSON.stringify(await emptyStore(engine));
    const { stdout } = await run(process.execPath, [fixture('sends-without-return.js'), options]);
    const { answers, saved, codes } = JSON.parse(stdout);
    expect(answers).toEqual(Array.from({ length: 40 }, () => [200, { ok: true }]));
    expect(saved).toBe(20);
    // Only where there was something to save: else fastify has answered before the handler has returned.
    expect(new Set(codes.saving)).toEqual(new Set(['MUSTER_SESSION_CALLBACK_FAILED']));
    expect(codes.idle).toEqual([]);
  });
});

describe.each(['express', 'fastify', 'koa'])(
  '%s: createSessionStore() without options',
  (framework) => {
    async function inFolder() {
      const cwd = await mkdtemp(join(tmpdir(), 'muster-session-'));
      onTestFinished(() => rm(cwd, { recursive: true, force: true }));
      const { REDIS_URL, MUSTER_STORE_URL, ...env } = process.env;
      return (environment: object, ...args: string[]) =>
        run(process.execPath, [fixture('default-store.js'), framework, ...args], {
          cwd,
          env: { ...env, ...environment },
        });
    }

    test('keeps sessions in .muster/store, across processes that all end by themselves', async () => {
      const start = await inFolder();
      await start({}, 'save', 'a', 'ada');
      expect((await start({}, 'show', 'a')).stdout).toBe('ada\n');
      expect((await start({}, 'show', 'b')).stdout).toBe('undefined\n');
    });

    test('keeps them in Redis where REDIS_URL is set', async () => {
      const start = await inFolder();
      const id = crypto.randomUUID();
      await start({ REDIS_URL: inject('redisUrl') }, 'save', id, 'ada');
      expect((await start({ REDIS_URL: inject('redisUrl') }, 'show', id)).stdout).toBe('ada\n');
      expect((await start({}, 'show', id)).stdout).toBe('undefined\n');
    });
  },
);
