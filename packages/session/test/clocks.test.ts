// Workers whose clocks are wrong by 90 seconds, and sessions that live for 60: they end by the clock of Redis.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createSharedStore, type SharedStore } from '@muster/store';
import { beforeAll, describe, expect, test } from 'vitest';
import { newStore } from './support/stores.js';

const SKEW_MS = 90_000;
/** What the apps set. */
const MAX_AGE_MS = 60_000;

const frameworks = ['express', 'fastify', 'koa'] as const;
type Urls = Record<(typeof frameworks)[number], string>;

describe.each([
  ['in the clear', {}],
  ['sealed', { secrets: 'x'.repeat(32) }],
])('%s', (_, options) => {
  let store: SharedStore;
  /** One behind, one right, one ahead. */
  let workers: Urls[];

  beforeAll(async () => {
    const { options: storeOptions } = await newStore('redis');
    store = createSharedStore(storeOptions);
    const started = [-SKEW_MS, 0, SKEW_MS].map((aheadMs) =>
      startWorker([JSON.stringify(storeOptions), JSON.stringify(options)], aheadMs),
    );
    const all = await Promise.all(started);
    workers = all.map(({ urls }) => urls);
    return async () => {
      await Promise.all(all.map(({ stop }) => stop()));
      await store.close();
    };
  });

  test.each(frameworks)(
    '%s: each sees, changes and prolongs what another one made',
    async (name) => {
      for (const [from, maker] of workers.entries()) {
        const cookie = await login(`${maker[name]}/login/worker-${from}`);
        for (const [by, worker] of workers.entries()) {
          const edit = await fetch(`${worker[name]}/edit`, {
            method: 'POST',
            headers: { cookie, 'content-type': 'application/json' },
            body: JSON.stringify({ set: { [`by${by}`]: true } }),
          });
          expect(edit.status).toBe(200);
          const me = await fetch(`${worker[name]}/me`, { headers: { cookie } });
          expect(await me.json()).toMatchObject({ user: `worker-${from}`, [`by${by}`]: true });
        }
        const user = `worker-${from}`;
        for (const worker of workers) {
          const [found] = (await (
            await fetch(`${worker[name]}/sessions/${user}`)
          ).json()) as object[];
          expect(found).toMatchObject({ session: { by0: true, by1: true, by2: true } });
        }
      }
      // Of koa, 10 seconds more: it looks for itself what has ended.
      const view = store.namespace(name);
      for await (const key of view.keys({ prefix: 's:' })) {
        const left = await view.ttlMs(key);
        expect(left).toBeGreaterThan(MAX_AGE_MS / 2);
        expect(left).toBeLessThan(MAX_AGE_MS + 12_000);
      }
    },
  );
});

/** @returns the cookies, of which a browser with the right time might take some to be over. */
async function login(url: string): Promise<string> {
  const answer = await fetch(url, { method: 'POST' });
  const pairs = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  return pairs.join('; ');
}

async function startWorker(args: string[], aheadMs: number) {
  const preloaded = join(import.meta.dirname, 'fixtures/shifted-clock.js');
  const child = fork(join(import.meta.dirname, 'fixtures/frameworks.js'), args, {
    execArgv: ['--import', preloaded],
    env: { ...process.env, CLOCK_AHEAD_MS: String(aheadMs) },
  });
  const exited = once(child, 'exit');
  const [urls] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`the worker exited with ${code}`))),
  ]);
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exited;
  };
  return { urls: urls as Urls, stop };
}
