// The contract of @fastify/session on its own memory store and on ours; then what our store makes of hostile input.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { createSessionStore } from '@muster/session/fastify';
import type { SharedStore } from '@muster/store';
import type { Store } from 'express-session';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { FASTIFY_SECRET, fastifyApp } from './support/apps/fastify.js';
import { Browser } from './support/browser.js';
import { type Calls, callsOf, newCookie, newSession } from './support/calls.js';
import { COOKIE_IDS, FIELDS, IDS, TWINS } from './support/hostile.js';
import { engines, openStore } from './support/stores.js';

/** Both kinds of store have the same `get`, `set` and `destroy`. */
const callsOn = (store: object): Calls => callsOf(store as Store);

const stores: [name: string, open: () => Promise<object>][] = [
  ['its own store', async () => new fastifySession.MemoryStore()],
  ...engines.map((engine): [string, () => Promise<object>] => [
    engine,
    async () => createSessionStore({ store: await openStore(engine) }),
  ]),
];

describe.each(stores)('the contract: %s', (_, open) => {
  let store: object;
  let calls: Calls;

  beforeEach(async () => {
    store = await open();
    calls = callsOn(store);
  });

  test('an unknown session is no error and no session', async () => {
    expect(await calls.get('nobody')).toBeFalsy();
  });

  test('a session comes back as JSON has it', async () => {
    const saved = newSession(FIELDS);
    await calls.set('json', saved);
    expect(JSON.stringify(await calls.get('json'))).toBe(JSON.stringify(saved));
  });

  test('a second set replaces the whole session', async () => {
    await calls.set('a', newSession({ n: 1, gone: true }));
    await calls.set('a', newSession({ n: 2 }));
    const found = await calls.get('a');
    expect(found).toMatchObject({ n: 2 });
    expect(found).not.toHaveProperty('gone');
  });

  test('a destroyed session is gone, alone, and may be destroyed again', async () => {
    await calls.set('a', newSession());
    await calls.set('b', newSession({ is: 'b' }));
    await calls.destroy('a');
    await calls.destroy('a');
    expect(await calls.get('a')).toBeFalsy();
    expect(await calls.get('b')).toMatchObject({ is: 'b' });
  });

  test.each(IDS)('an id may be %s', async (_, id) => {
    await calls.set(id, newSession({ n: 1 }));
    await calls.set(`${id}.`, newSession({ n: 2 }));
    expect(await calls.get(id)).toMatchObject({ n: 1 });
    await calls.destroy(id);
    expect(await calls.get(id)).toBeFalsy();
    expect(await calls.get(`${id}.`)).toMatchObject({ n: 2 });
  });

  test('two ids are two sessions, however much they look alike', async () => {
    for (const id of TWINS) await calls.set(id, newSession({ is: id }));
    for (const id of TWINS) expect(await calls.get(id)).toMatchObject({ is: id });
  });
});

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;
  let calls: Calls;

  beforeEach(async () => {
    store = await openStore(engine);
    calls = callsOn(createSessionStore({ store }));
  });

  async function start(options: { maxAge?: number } = {}) {
    const app = await fastifyApp({ store }, options);
    onTestFinished(() => app.close());
    return app.listen({ port: 0, host: '127.0.0.1' });
  }

  test.each([
    ['no end', null],
    ['false as its end', false],
    ['an invalid date', new Date(Number.NaN)],
    ['a text that is no date', 'tomorrow'],
    ['the last date there is', new Date(8.64e15)],
  ])('a session whose cookie has %s is found', async (_, expires) => {
    const cookie = { ...newCookie(), expires };
    await calls.set('endless', newSession({ a: 1 }, cookie as never));
    expect(await calls.get('endless')).toMatchObject({ a: 1 });
  });

  test.each([
    ['ended a moment ago', new Date(Date.now() - 1)],
    ['ended in 1970', new Date(0)],
    ['ended before there was time', new Date(-8.64e15)],
  ])('a session whose cookie %s is none', async (_, expires) => {
    await calls.set('ended', newSession());
    await calls.set('ended', newSession({}, newCookie({ expires })));
    expect(await calls.get('ended')).toBeFalsy();
  });

  test('a session over the limit of the store is an error that names no id, and the one before it stays', async () => {
    const id = randomUUID();
    await calls.set(id, newSession({ n: 1 }));
    const large = newSession({ text: 'x'.repeat(17 * 1024 ** 2) });
    const error = await calls.set(id, large).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'MUSTER_VALUE_TOO_LARGE' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(id);
    expect(await calls.get(id)).toMatchObject({ n: 1 });
  });

  test.each([
    ['unsigned', 'abc'],
    ['signed wrong', 'abc.def'],
    ['half an escape, unsigned', '%E0%A4%A'],
    ...COOKIE_IDS.map(([what, id]) => [what, fastifyCookie.sign(id, FASTIFY_SECRET)]),
  ] as [string, string][])(
    'a cookie that is %s is no session, and gets a new one',
    async (_, value) => {
      const url = await start();
      const cookie = `sessionId=${encodeURIComponent(value)}`;
      const login = await fetch(`${url}/edit`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: '{"set":{"user":"ada"}}',
      });
      expect(login.status).toBe(200);
      const [made = ''] = login.headers.getSetCookie();
      expect(made).toMatch(/^sessionId=/);
      const me = await fetch(`${url}/me`, { headers: { cookie: made.split(';')[0] ?? '' } });
      expect(await me.json()).toMatchObject({ user: 'ada' });
    },
  );

  test('with the store gone each request gets an error that names no id, and the app lives on', async () => {
    const url = await start();
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    const id = /sessionId=([^.;]+)/.exec(browser.cookies)?.[1] ?? 'none';
    const signed = fastifyCookie.sign(decodeURIComponent(id), FASTIFY_SECRET);
    expect(decodeURIComponent(browser.cookies)).toBe(`sessionId=${signed}`);
    await store.close();
    for (let n = 0; n < 3; n++) {
      const { status, body } = await browser.get(`${url}/me`);
      expect([status, body.code]).toEqual([500, 'MUSTER_STORE_CLOSED']);
      expect(JSON.stringify(body)).not.toContain(decodeURIComponent(id));
    }
  });

  test("a login gives a new id, and the old one's session is gone", async () => {
    const url = await start();
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    const old = browser.tab();
    await browser.post(`${url}/login/ada`);
    expect(browser.cookies).not.toBe(old.cookies);
    expect((await old.get(`${url}/me`)).status).toBe(401);
    await browser.post(`${url}/logout`);
    expect((await browser.get(`${url}/me`)).status).toBe(401);
  });
});
