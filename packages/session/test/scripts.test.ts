// What only a process of its own can show.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { emptyStore, engines } from './support/stores.js';

const run = promisify(execFile);
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name);

test.each(['MemoryStore', ...engines] as const)(
  '%s: what a callback throws is an uncaught exception, and not a reason to call it again',
  async (kind) => {
    const options = kind === 'MemoryStore' ? [] : [JSON.stringify(await emptyStore(kind))];
    const { stdout } = await run(process.execPath, [fixture('throwing-callback.js'), ...options]);
    const outcomes = kind === 'MemoryStore' ? ['succeeds'] : ['succeeds', 'fails'];
    const calls = ['get', 'set', 'touch', 'destroy', 'all', 'length', 'clear'];
    const expected = outcomes.flatMap((outcome) =>
      calls.map(
        (name) => `${name} that ${outcome}: 1 call, uncaughtException: from the callback\n`,
      ),
    );
    expect(stdout).toBe(expected.join(''));
  },
);

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
