// The contract of koa-session on a plain Map and on ours; then what our store makes of hostile input.
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createSessionStore } from '@muster/session/koa';
import type { SharedStore } from '@muster/store';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { KOA_KEY, koaApp } from './support/apps/koa.js';
import { Browser } from './support/browser.js';
import { COOKIE_IDS, FIELDS, IDS, TWINS } from './support/hostile.js';
import { engines, openStore } from './support/stores.js';

const MINUTE = 60_000;

/** What koa-session asks of a store. */
interface KoaStore {
  get(key: string, maxAge?: number): Promise<object | undefined>;
  set(key: string, session: Record<string, unknown>, maxAge?: number): Promise<void>;
  destroy(key: string): Promise<void>;
}

function mapStore(): KoaStore {
  const sessions = new Map<string, string>();
  return {
    get: async (key) => JSON.parse(sessions.get(key) ?? 'null') ?? undefined,
    set: async (key, session) => void sessions.set(key, JSON.stringify(session)),
    destroy: async (key) => void sessions.delete(key),
  };
}

const newSession = (fields: object = {}) => ({
  ...fields,
  _expire: Date.now() + MINUTE,
  _maxAge: MINUTE,
});

const stores: [name: string, open: () => Promise<KoaStore>][] = [
  ['a Map', async () => mapStore()],
  ...engines.map((engine): [string, () => Promise<KoaStore>] => [
    engine,
    async () => createSessionStore({ store: await openStore(engine) }),
  ]),
];

describe.each(stores)('the contract: %s', (_, open) => {
  let store: KoaStore;

  beforeEach(async () => {
    store = await open();
  });

  test('an unknown session is no error and no session', async () => {
    expect(await store.get('nobody')).toBeUndefined();
  });

  test('a session comes back as JSON has it', async () => {
    const saved = newSession(FIELDS);
    await store.set('json', saved, MINUTE);
    expect(JSON.stringify(await store.get('json', MINUTE))).toBe(JSON.stringify(saved));
  });

  test('a second set replaces the whole session', async () => {
    await store.set('a', newSession({ n: 1, gone: true }), MINUTE);
    const second = newSession({ n: 2 });
    await store.set('a', second, MINUTE);
    expect(await store.get('a')).toEqual(second);
  });

  test('a destroyed session is gone, alone, and may be destroyed again', async () => {
    await store.set('a', newSession(), MINUTE);
    await store.set('b', newSession({ is: 'b' }), MINUTE);
    await store.destroy('a');
    await store.destroy('a');
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('b')).toMatchObject({ is: 'b' });
  });

  test('a session of a cookie without an end is found', async () => {
    await store.set('a', { n: 1, _session: true });
    expect(await store.get('a')).toEqual({ n: 1, _session: true });
  });

  test.each(IDS)('an id may be %s', async (_, id) => {
    await store.set(id, newSession({ n: 1 }), MINUTE);
    await store.set(`${id}.`, newSession({ n: 2 }), MINUTE);
    expect(await store.get(id)).toMatchObject({ n: 1 });
    await store.destroy(id);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.get(`${id}.`)).toMatchObject({ n: 2 });
  });

  test('two ids are two sessions, however much they look alike', async () => {
    for (const id of TWINS) await store.set(id, newSession({ is: id }), MINUTE);
    for (const id of TWINS) expect(await store.get(id)).toMatchObject({ is: id });
  });
});

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;
  let sessions: KoaStore;

  beforeEach(async () => {
    store = await openStore(engine);
    sessions = createSessionStore({ store });
  });

  async function start() {
    const server = createServer(koaApp({ store }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['no end', undefined],
    ['null as its end', null],
    ['an end that is no number', 'tomorrow'],
    ['an end later than any date', 1e300],
  ])('a session that has %s is found', async (_, _expire) => {
    await sessions.set('endless', { a: 1, _expire });
    expect(await sessions.get('endless')).toMatchObject({ a: 1 });
  });

  test.each([
    ['in 1970', 0],
    ['before there was time', -1e300],
  ])('a session that ended %s is none', async (_, _expire) => {
    await sessions.set('ended', newSession(), MINUTE);
    await sessions.set('ended', { _expire, _maxAge: MINUTE }, MINUTE);
    expect(await sessions.get('ended')).toBeUndefined();
  });

  test('a session over the limit of the store is an error that names no id, and the one before it stays', async () => {
    const id = randomUUID();
    await sessions.set(id, newSession({ n: 1 }), MINUTE);
    const large = newSession({ text: 'x'.repeat(17 * 1024 ** 2) });
    const error = await sessions.set(id, large, MINUTE).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'MUSTER_VALUE_TOO_LARGE' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(id);
    expect(await sessions.get(id)).toMatchObject({ n: 1 });
  });

  test.each([
    ['unsigned', 'koa.sess=abc'],
    ['signed wrong', 'koa.sess=abc; koa.sess.sig=def'],
    ...COOKIE_IDS.map(([what, id]) => [what, signed(encodeURIComponent(id))]),
  ] as [string, string][])(
    'a cookie that is %s is no session, and gets a new one',
    async (_, cookie) => {
      const url = await start();
      const login = await fetch(`${url}/edit`, {
        method: 'POST',
        headers: { cookie },
        body: '{"set":{"user":"ada"}}',
      });
      expect(login.status).toBe(200);
      const made = login.headers.getSetCookie().map((line) => line.split(';')[0]);
      expect(made).toHaveLength(2);
      const me = await fetch(`${url}/me`, { headers: { cookie: made.join('; ') } });
      expect(await me.json()).toMatchObject({ user: 'ada' });
    },
  );

  test('with the store gone each request gets an error that names no id, and the app lives on', async () => {
    const url = await start();
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    const id = /koa\.sess=([^;]+)/.exec(browser.cookies)?.[1] ?? 'none';
    expect(browser.cookies).toBe(signed(id));
    await store.close();
    for (let n = 0; n < 3; n++) {
      const { status, body } = await browser.get(`${url}/me`);
      expect([status, body.code]).toEqual([500, 'MUSTER_STORE_CLOSED']);
      expect(JSON.stringify(body)).not.toContain(id);
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

/** As Keygrip signs a cookie. */
function signed(value: string): string {
  const signature = createHmac('sha1', KOA_KEY).update(`koa.sess=${value}`).digest('base64url');
  return `koa.sess=${value}; koa.sess.sig=${signature}`;
}
