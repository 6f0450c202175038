// What a client, or a store, can do to an app of fastify or koa. (That of express: express.test.ts.)
import { createHmac } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import type { SharedStore } from '@muster/store';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FASTIFY_SECRET, fastifyApp } from './support/apps/fastify.js';
import { KOA_KEY, koaApp } from './support/apps/koa.js';
import { Browser } from './support/browser.js';
import { COOKIE_IDS } from './support/hostile.js';
import { serve } from './support/serve.js';
import { type Engine, engines, openStore } from './support/stores.js';

interface Framework {
  start(store: SharedStore): Promise<string>;
  /** The cookies of a session, signed as the framework signs them. */
  signed(id: string): string;
  /** Cookies that it never made. */
  readonly forged: readonly [what: string, cookies: string][];
}

const frameworks: Record<'fastify' | 'koa', Framework> = {
  fastify: {
    async start(store) {
      const app = await fastifyApp({ store });
      onTestFinished(() => app.close());
      return app.listen({ port: 0, host: '127.0.0.1' });
    },
    signed: (id) => `sessionId=${encodeURIComponent(fastifyCookie.sign(id, FASTIFY_SECRET))}`,
    forged: [
      ['unsigned', 'sessionId=abc'],
      ['signed wrong', 'sessionId=abc.def'],
    ],
  },
  koa: {
    start: (store) => serve(koaApp({ store })),
    signed(id) {
      const cookie = `koa.sess=${encodeURIComponent(id)}`;
      return `${cookie}; koa.sess.sig=${createHmac('sha1', KOA_KEY).update(cookie).digest('base64url')}`;
    },
    forged: [
      ['unsigned', 'koa.sess=abc'],
      ['signed wrong', 'koa.sess=abc; koa.sess.sig=def'],
    ],
  },
};

const cases = (['fastify', 'koa'] as const).flatMap((name) =>
  engines.map((engine): [typeof name, Engine] => [name, engine]),
);

describe.each(cases)('%s on %s', (name, engine) => {
  const { start, signed, forged } = frameworks[name];
  let store: SharedStore;
  let url: string;
  let browser: Browser;

  beforeEach(async () => {
    store = await openStore(engine);
    url = await start(store);
    browser = new Browser();
  });

  /** Of whoever is logged in, as the cookie has it. */
  const idOf = ({ cookies }: Browser) =>
    decodeURIComponent(/(?:sessionId|koa\.sess)=([^.;]+)/.exec(cookies)?.[1] ?? 'none');

  test.each([...forged, ...COOKIE_IDS.map(([what, id]): [string, string] => [what, signed(id)])])(
    'a cookie that is %s is no session, and gets a new one',
    async (_, cookie) => {
      const answer = await fetch(`${url}/edit`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: '{"set":{"user":"ada"}}',
      });
      expect(answer.status).toBe(200);
      const made = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
      const me = await fetch(`${url}/me`, { headers: { cookie: made.join('; ') } });
      expect(await me.json()).toMatchObject({ user: 'ada' });
    },
  );

  test("a login gives a new id, and the old one's session is gone", async () => {
    await browser.post(`${url}/login/ada`);
    const old = browser.tab();
    await browser.post(`${url}/login/ada`);
    expect(idOf(browser)).not.toBe(idOf(old));
    expect((await old.get(`${url}/me`)).status).toBe(401);
    await browser.post(`${url}/logout`);
    expect((await browser.get(`${url}/me`)).status).toBe(401);
  });

  test('a session over the limit of the store is an error of that request, and the one before it stays', async () => {
    await browser.post(`${url}/login/ada`);
    const grow = (characters: number) =>
      browser.post(`${url}/edit`, { set: { asked: characters }, grow: characters, save: true });
    const most = 12_000_000;
    expect((await grow(most)).status).toBe(200);
    const answer = await grow(2 * most);
    expect(answer.body.code).toBe('MUSTER_VALUE_TOO_LARGE');
    expect(JSON.stringify(answer.body)).not.toContain(idOf(browser));
    const me = await browser.get(`${url}/me`);
    expect(me.status).toBe(200);
    expect(me.body.asked).toBe(most);
  });

  test('what is no session under its key is not found, and a new one takes its place', async () => {
    const warnings: (Error & { code?: string })[] = [];
    const listener = (warning: Error) => void warnings.push(warning);
    process.on('warning', listener);
    onTestFinished(() => void process.off('warning', listener));
    await browser.post(`${url}/login/ada`);
    const view = store.namespace('session');
    const keys: string[] = [];
    for await (const key of view.keys({ prefix: 's:' })) keys.push(key);
    expect(keys).toHaveLength(1);
    for (const value of [7, null, 'text', [], {}]) {
      await view.set(keys[0] ?? '', value);
      for (let n = 0; n < 2; n++) expect((await browser.get(`${url}/me`)).status).toBe(401);
    }
    await browser.post(`${url}/login/eve`);
    expect((await browser.get(`${url}/me`)).body).toMatchObject({ user: 'eve' });
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatchObject({ code: 'MUSTER_CORRUPT_SESSION' });
    expect(warnings[0]?.message).not.toContain(idOf(browser));
  });

  test('with the store gone each request gets an error that names no id, and the app lives on', async () => {
    await browser.post(`${url}/login/ada`);
    const id = idOf(browser);
    expect(decodeURIComponent(browser.cookies)).toBe(decodeURIComponent(signed(id)));
    await store.close();
    for (let n = 0; n < 3; n++) {
      const { status, body } = await browser.get(`${url}/me`);
      expect([status, body.code]).toEqual([500, 'MUSTER_STORE_CLOSED']);
      expect(JSON.stringify(body)).not.toContain(id);
    }
  });
});
