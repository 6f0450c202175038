// With the store out of reach: a Redis of its own that is killed and comes back.

import { inspect } from 'node:util';
import { createSessionStore as createExpressStore } from '@muster/session/express';
import { createSessionStore as createFastifyStore } from '@muster/session/fastify';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRedis } from '../../../test/support/redis/server.js';
import { createApp } from './support/app.js';
import { expressApp } from './support/apps/express.js';
import { fastifyApp } from './support/apps/fastify.js';
import { koaApp } from './support/apps/koa.js';
import { Browser } from './support/browser.js';
import { callsOf, newSession } from './support/promised-calls.js';
import { serve } from './support/serve.js';

const DEADLINE_MS = 600;

let redis: Awaited<ReturnType<typeof startRedis>>;
let store: SharedStore;

beforeEach(async () => {
  redis = await startRedis();
  store = createSharedStore({ url: redis.url, deadlineMs: DEADLINE_MS });
  await vi.waitFor(() => store.ready());
});

afterEach(async () => {
  await store.close();
  await redis.stop();
});

test('fail: each request gets an error, at once when that is known, until the store is back', async () => {
  const sessions = createExpressStore({ store });
  onTestFinished(() => sessions.close());
  const url = await serve(createApp(sessions));
  const browser = new Browser();
  await browser.post(`${url}/login/ada`);
  await redis.kill();
  const first = await browser.get(`${url}/me`);
  expect(first.status).toBe(503);
  // No call is made any more, so that none can wait.
  const asked = vi.spyOn(store, 'namespace');
  const more = await Promise.all([1, 2, 3].map(() => browser.get(`${url}/me`)));
  for (const { status, body } of more) {
    expect([status, body.code]).toEqual([503, 'MUSTER_STORE_UNREACHABLE']);
    expect(body.message).toContain('was not asked again');
  }
  // However long the outage: each error is of one cause, and says no more than the one before.
  const [, ...later] = await Promise.all(
    Array.from({ length: 5 }, () => sessions.get('any').then(undefined, (error: Error) => error)),
  );
  for (const error of later as Error[]) {
    expect(error.message).toBe(more[0]?.body.message);
    expect((error.cause as Error).cause).not.toMatchObject({ code: 'MUSTER_STORE_UNREACHABLE' });
  }
  asked.mockRestore();
  await redis.restart();
  await vi.waitFor(async () => expect((await browser.get(`${url}/me`)).status).not.toBe(503), {
    timeout: 10_000,
    interval: 50,
  });
});

test.each(['express', 'fastify', 'koa'])(
  'fail: %s answers with 503 while the store is away, and with 200 when it is back',
  async (name) => {
    const url = await startApp(name);
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    await redis.kill();
    for (let n = 0; n < 3; n++) expect((await browser.get(`${url}/me`)).status).toBe(503);
    await redis.restart();
    await vi.waitFor(
      async () => {
        await browser.post(`${url}/login/ada`);
        expect((await browser.get(`${url}/me`)).status).toBe(200);
      },
      { timeout: 10_000, interval: 50 },
    );
  },
);

/** One whose error handler answers with the status of the error, as that of each framework does. */
async function startApp(name: string): Promise<string> {
  if (name === 'koa') return serve(koaApp({ store }));
  if (name === 'express') return serve(expressApp({ store }));
  const app = await fastifyApp({ store });
  onTestFinished(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
}

describe('pass-through', () => {
  test('express: requests go on without a session, cookies are left alone, and all is as before when it is back', async () => {
    const sessions = createExpressStore({ store, onUnavailable: 'pass-through' });
    onTestFinished(() => sessions.close());
    const events: string[] = [];
    for (const event of ['disconnect', 'connect']) sessions.on(event, () => events.push(event));
    const app = createApp(sessions);
    const url = await serve((req, res) => {
      // The app of this test looks at nothing but whether there is a session.
      app(req as never, res as never);
    });
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    const cookies = browser.cookies;
    await redis.kill();
    // The request that finds out has an empty session, of which nothing is saved.
    const caught = await browser.post(`${url}/visit`);
    expect([caught.status, caught.body]).toEqual([200, { visits: 1 }]);
    expect(caught.headers.getSetCookie()).toEqual([]);
    expect(browser.cookies).toBe(cookies);
    await vi.waitFor(() => expect(events).toEqual(['disconnect']));
    // Those after it have none, as express-session does it.
    const { status, body } = await browser.get(`${url}/me`);
    expect([status, body.message]).toEqual([500, expect.stringContaining('undefined')]);
    await redis.restart();
    await vi.waitFor(() => expect(events).toEqual(['disconnect', 'connect']), {
      timeout: 10_000,
      interval: 50,
    });
    expect((await browser.post(`${url}/visit`)).status).toBe(200);
  });

  test.each(['fastify', 'koa'])(
    '%s: requests get an empty session under the same id',
    async (name) => {
      const options = { store, onUnavailable: 'pass-through' } as const;
      let url: string;
      if (name === 'fastify') {
        const app = await fastifyApp(options as object);
        onTestFinished(() => app.close());
        url = await app.listen({ port: 0, host: '127.0.0.1' });
      } else {
        url = await serve(koaApp(options));
      }
      const browser = new Browser();
      await browser.post(`${url}/login/ada`);
      const cookies = browser.cookies.replace(/koa\.sess\.sig=[^;]*/, '');
      await redis.kill();
      for (let n = 0; n < 3; n++) {
        expect((await browser.get(`${url}/me`)).status).toBe(401);
        expect((await browser.post(`${url}/edit`, { set: { lost: 1 } })).status).toBe(200);
        expect(browser.cookies.replace(/koa\.sess\.sig=[^;]*/, '')).toBe(cookies);
      }
      await redis.restart();
      await vi.waitFor(
        async () => {
          await browser.post(`${url}/login/ada`);
          expect((await browser.get(`${url}/me`)).status).toBe(200);
        },
        { timeout: 10_000, interval: 50 },
      );
    },
  );

  test('what must not fail silently fails', async () => {
    const sessions = createExpressStore({
      store,
      onUnavailable: 'pass-through',
      userId: ({ user }) => user,
    });
    onTestFinished(() => sessions.close());
    const calls = callsOf(sessions);
    await calls.set('a', newSession({ user: 'ada' }));
    await redis.kill();
    await calls.set('a', newSession({ user: 'ada' }));
    await calls.touch('a', newSession());
    for (const call of [
      () => calls.destroy('a'),
      () => calls.all(),
      () => calls.length(),
      () => sessions.sessionsOf('ada'),
      () => sessions.revokeUser('ada'),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'MUSTER_STORE_UNREACHABLE' });
    }
  });
});

test('a save that Redis has no room for is an error without what was to be saved', async () => {
  const calls = callsOf(createFastifyCalls());
  const id = crypto.randomUUID();
  const { Redis } = await import('ioredis');
  const admin = new Redis(redis.url);
  onTestFinished(() => admin.disconnect());
  await admin.config('SET', 'maxmemory', '1');
  const error = await calls.set(id, newSession({ text: 'a private thing' })).catch((e) => e);
  expect(error).toMatchObject({ code: 'MUSTER_STORE_FULL' });
  const told = inspect(error, { depth: null, showHidden: true });
  expect(told).not.toContain(id);
  expect(told).not.toContain('a private thing');
});

function createFastifyCalls() {
  return createFastifyStore({ store }) as unknown as import('express-session').Store;
}
