// Sessions for Hono: the suite of session adapters, and 20 requests at once that write one session.
import { serve } from '@hono/node-server';
import {
  createSessionMiddleware,
  type SessionCookie,
  type SessionEnv,
} from '@muster/adapters/hono';
import { createSessions, type Sessions } from '@muster/session';
import { sessionAdapterConformance } from '@muster/session/testing';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { engines, openStore } from './support/stores.js';

const suite = sessionAdapterConformance({
  async serve(sessions, handle) {
    const app = new Hono<SessionEnv>();
    app.use(createSessionMiddleware({ sessions }));
    app.onError((_, c) => c.json({}, 500));
    app.get('*', async (c) => {
      const body = await handle(c.get('session'), c.req.path);
      return c.json((body ?? null) as object);
    });
    return new Promise((resolve) => {
      const options = { fetch: app.fetch, port: 0, hostname: '127.0.0.1' };
      const server = serve(options, ({ port }) => {
        const close = () => new Promise((done) => server.close(done));
        resolve({ url: `http://127.0.0.1:${port}`, close });
      });
    });
  },
});

describe('the suite of session adapters', () => {
  test.each(suite)('$name', ({ run }) => run());
});

/** What `cookie` makes of the cookie of a first request to this address. */
async function setCookieOf(sessions: Sessions, url: string, cookie?: SessionCookie) {
  const app = new Hono<SessionEnv>();
  app.use(createSessionMiddleware({ sessions, cookie }));
  app.get('/', (c) => {
    c.get('session').data.n = 1;
    return c.text('');
  });
  const response = await app.request(url);
  expect(response.status).toBe(200);
  return response.headers.get('set-cookie') ?? '';
}

describe.each(engines)('on %s', async (engine) => {
  const store = await openStore(engine);

  test('of 20 requests at once that write one session, all are kept, by two apps', async () => {
    const apps = [1, 2].map(() => {
      const sessions = createSessions<Record<string, number>>({ store });
      const app = new Hono<SessionEnv<Record<string, number>>>();
      app.use(createSessionMiddleware({ sessions }));
      app.post('/:field', (c) => {
        const { data } = c.get('session');
        data[c.req.param('field')] = 1;
        return c.json(data);
      });
      return app;
    });
    const first = await apps[0]?.request('/first', { method: 'POST' });
    const cookie = first?.headers.get('set-cookie')?.split(';')[0] ?? '';
    const fields = Array.from({ length: 20 }, (_, n) => `f${n}`);
    const post = (field: string, n: number) =>
      apps[n % 2]?.request(`/${field}`, { method: 'POST', headers: { cookie } });
    await Promise.all(fields.map(post));
    const all = await (await post('last', 0))?.json();
    expect(Object.keys(all).sort()).toEqual(['first', 'last', ...fields].sort());
  });
});

describe('the cookie', async () => {
  const store = await openStore('memory');
  const sessions = createSessions({ store, ttlMs: 60_000 });

  test.each<[about: string, url: string, cookie: SessionCookie | undefined, RegExp]>([
    [
      'is named sid',
      'http://a.test/',
      undefined,
      /^sid=[\w-]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    ],
    ['needs TLS if the request had it', 'https://a.test/', undefined, /; Secure;/],
    ['needs TLS behind a proxy that says so', 'http://a.test/', { secure: true }, /; Secure;/],
    ['needs none if told so', 'https://a.test/', { secure: false }, /HttpOnly; SameSite=Lax$/],
    [
      'has the attributes that it was given',
      'https://a.test/',
      { name: 'id', path: '/shop', domain: 'a.test', sameSite: 'Strict' },
      /^id=[\w-]+; Domain=a\.test; Path=\/shop; .*SameSite=Strict$/,
    ],
  ])('%s', async (_, url, cookie, expected) => {
    expect(await setCookieOf(sessions, url, cookie)).toMatch(expected);
  });

  test('of a session that never ends, it ends after 400 days at most', async () => {
    const forever = createSessions({ store, ttlMs: Number.POSITIVE_INFINITY });
    const cookie = await setCookieOf(forever, 'http://a.test/');
    const end = Date.parse(/Expires=([^;]+)/.exec(cookie)?.[1] ?? '');
    const days = (end - Date.now()) / 86_400_000;
    expect(days > 398 && days <= 400).toBe(true);
  });
});

test('an app that is chained has the type of the data by itself', () => {
  const sessions = {} as Sessions<{ user: string }>;
  void (() =>
    new Hono().use(createSessionMiddleware({ sessions })).get('/', (c) => {
      // @ts-expect-error: not in the data
      void c.get('session').data.nobody;
      return c.text(c.get('session').data.user?.toUpperCase() ?? '');
    }));
});

test('c.get(session) has the type of the data', () => {
  const app = new Hono<SessionEnv<{ user: string }>>();
  app.get('/', (c) => {
    const { user } = c.get('session').data;
    // @ts-expect-error: not in the data
    void c.get('session').data.nobody;
    return c.text(user?.toUpperCase() ?? '');
  });
  expect(app.routes).toHaveLength(1);
});
