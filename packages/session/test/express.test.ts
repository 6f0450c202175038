// Express 5 and express-session, over HTTP.
import { createHmac } from 'node:crypto';
import { createSessionStore, type SessionStoreOptions } from '@muster/session/express';
import type { SharedStore } from '@muster/store';
import type { SessionData, SessionOptions } from 'express-session';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { COOKIE, createApp, MINUTE, MONTH, SECRET } from './support/app.js';
import { Browser } from './support/browser.js';
import { callsOf } from './support/promised-calls.js';
import { serve } from './support/serve.js';
import { engines, openStore } from './support/stores.js';

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;
  let browser: Browser;

  beforeEach(async () => {
    store = await openStore(engine);
    browser = new Browser();
  });

  async function start(
    options: Partial<SessionOptions> = {},
    pause?: () => Promise<void>,
    more: SessionStoreOptions<SessionData> = {},
  ) {
    const sessions = createSessionStore({ store, ...more });
    const app = createApp(sessions, { session: options, ...(pause && { pause }) });
    const url = await serve(app);
    return { url, ...callsOf(sessions) };
  }

  test('a session from login to logout', async () => {
    const { url, length } = await start();
    expect((await browser.get(`${url}/me`)).status).toBe(401);
    expect(await length()).toBe(0);
    await browser.post(`${url}/login/ada`);
    expect((await browser.get(`${url}/me`)).body).toMatchObject({ user: 'ada', visits: 0 });
    for (const visits of [1, 2, 3]) {
      expect((await browser.post(`${url}/visit`)).body).toEqual({ visits });
    }
    expect((await browser.get(`${url}/me`)).body).toMatchObject({ user: 'ada', visits: 3 });
    expect(await length()).toBe(1);
    const cookies = browser.cookies;
    expect((await browser.post(`${url}/logout`)).status).toBe(200);
    expect(browser.cookies).toBe(cookies);
    expect((await browser.get(`${url}/me`)).status).toBe(401);
    expect(await length()).toBe(0);
  });

  test('login gives a new id, and the old one is worth nothing', async () => {
    const { url, length } = await start();
    await browser.post(`${url}/visit`);
    const planted = browser.cookies;
    await browser.post(`${url}/login/ada`);
    expect(browser.cookies).not.toBe(planted);
    expect(await length()).toBe(1);
    const thief = await fetch(`${url}/me`, { headers: { cookie: planted } });
    expect(thief.status).toBe(401);
  });

  test('browsers have sessions of their own', async () => {
    const { url } = await start();
    const browsers = Array.from({ length: 20 }, () => new Browser());
    await Promise.all(browsers.map((each, n) => each.post(`${url}/login/user${n}`)));
    await Promise.all(browsers.map((each) => each.post(`${url}/visit`)));
    const users = await Promise.all(browsers.map((each) => each.get(`${url}/me`)));
    for (const [n, { body }] of users.entries())
      expect(body).toMatchObject({ user: `user${n}`, visits: 1 });
  });

  test('with touchAfterMs: 0 every request moves the end, also one that changes nothing', async () => {
    const { url, all } = await start({}, undefined, { touchAfterMs: 0 });
    await browser.post(`${url}/login/ada`);
    const ends = async () =>
      Object.values((await all()) ?? {}).map(({ cookie }) =>
        new Date(cookie.expires ?? 0).getTime(),
      );
    const [before = 0] = await ends();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before - MINUTE + 5), {
      interval: 2,
    });
    const asked = Date.now();
    await browser.get(`${url}/me`);
    const [after = 0] = await ends();
    expect(after).toBeGreaterThanOrEqual(asked + MINUTE);
    expect(after).toBeLessThanOrEqual(Date.now() + MINUTE);
  });

  test('a longer cookie is kept when nothing else of the session changes', async () => {
    const { url } = await start();
    await browser.post(`${url}/login/ada`);
    // What is left of it, by the clock of the request.
    const left = async () =>
      (await browser.get(`${url}/me`)).body as { user: string; maxAge: number };
    expect((await left()).maxAge).toBeLessThanOrEqual(MINUTE);
    await browser.post(`${url}/remember`);
    const { user, maxAge } = await left();
    expect(user).toBe('ada');
    expect(maxAge).toBeGreaterThan(MONTH - MINUTE);
    expect(maxAge).toBeLessThanOrEqual(MONTH);
  });

  test('an idle session ends', async () => {
    const { url, length } = await start({ cookie: { maxAge: 100 } });
    const { headers } = await browser.post(`${url}/login/ada`);
    const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? '';
    await vi.waitFor(async () => expect(await length()).toBe(0), { interval: 5 });
    expect((await fetch(`${url}/me`, { headers: { cookie } })).status).toBe(401);
  });

  test('a session without an end of its own works like any other', async () => {
    const { url } = await start({ cookie: {} });
    await browser.post(`${url}/login/ada`);
    await browser.post(`${url}/visit`);
    expect((await browser.get(`${url}/me`)).body).toMatchObject({ visits: 1, maxAge: null });
  });

  test('reload takes what is stored', async () => {
    const { url } = await start();
    await browser.post(`${url}/login/ada`);
    await browser.post(`${url}/visit`);
    expect((await browser.get(`${url}/reload`)).body).toEqual({ visits: 1 });
    await browser.post(`${url}/logout`);
    const { status, body } = await browser.get(`${url}/reload`);
    expect([status, body.message]).toEqual([500, 'failed to load session']);
  });

  test("a session that is unset is destroyed with unset: 'destroy', and kept without", async () => {
    const kept = await start();
    await browser.post(`${kept.url}/login/ada`);
    await browser.post(`${kept.url}/unset`);
    expect((await browser.get(`${kept.url}/me`)).status).toBe(200);
    const destroyed = await start({ unset: 'destroy' });
    await browser.post(`${destroyed.url}/unset`);
    expect((await browser.get(`${destroyed.url}/me`)).status).toBe(401);
    expect(await destroyed.length()).toBe(0);
  });

  test('a slow request that changes nothing does not undo a logout', async () => {
    const { promise: loggedOut, resolve: letGo } = deferred();
    const { promise: waiting, resolve: isWaiting } = deferred();
    const { url, length } = await start({}, () => {
      isWaiting();
      return loggedOut;
    });
    await browser.post(`${url}/login/ada`);
    const slow = browser.get(`${url}/slow`);
    await waiting;
    await browser.post(`${url}/logout`);
    letGo();
    expect((await slow).body).toEqual({ user: 'ada' });
    expect((await browser.get(`${url}/me`)).status).toBe(401);
    expect(await length()).toBe(0);
  });

  test.each([
    ['unsigned', 'abc'],
    ['signed wrong', 's:abc.def'],
    ['cut', 's:'],
    ['half an escape', '%E0%A4%A'],
    ['10 KB of it', `s:${'x'.repeat(10_000)}.y`],
    ['__proto__', signed('__proto__')],
    ['a key of ours', signed('head:{abc}')],
    ['empty', signed('')],
    ['long', signed('x'.repeat(8_000))],
  ])('a cookie that is %s is no session, and gets a new one', async (_, cookie) => {
    const { url } = await start();
    const response = await fetch(`${url}/visit`, {
      method: 'POST',
      headers: { cookie: `${COOKIE}=${encodeURIComponent(cookie)}` },
    });
    expect(await response.json()).toEqual({ visits: 1 });
    expect(response.headers.getSetCookie()[0]).toMatch(new RegExp(`^${COOKIE}=s%3A`));
  });

  test('ids that the app makes may be longer than a key of the store', async () => {
    let made = 0;
    const { url } = await start({ genid: () => `user:${++made}:${'é:'.repeat(1_000)}` });
    await browser.post(`${url}/login/ada`);
    await browser.post(`${url}/visit`);
    expect((await browser.get(`${url}/me`)).body).toMatchObject({ user: 'ada', visits: 1 });
  });

  test('with the store gone each request gets an error of its own, and the app lives on', async () => {
    const { url } = await start();
    await browser.post(`${url}/login/ada`);
    const id = /s%3A([^.]+)\./.exec(browser.cookies)?.[1] ?? 'none';
    await store.close();
    for (let n = 0; n < 3; n++) {
      const { status, body } = await browser.get(`${url}/me`);
      expect([status, body.code]).toEqual([500, 'MUSTER_STORE_CLOSED']);
      expect(JSON.stringify(body)).not.toContain(decodeURIComponent(id));
    }
    // Nothing is read or saved for who has no session yet.
    expect((await new Browser().get(`${url}/me`)).status).toBe(401);
  });
});

function signed(id: string): string {
  const signature = createHmac('sha256', SECRET).update(id).digest('base64').replace(/=+$/, '');
  return `s:${id}.${signature}`;
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
