// How many writes requests cost, counted where the session store calls the shared store.

import { createSessionStore } from '@muster/session/express';
import { createSessionStore as createFastifyStore } from '@muster/session/fastify';
import { createSessionStore as createKoaStore } from '@muster/session/koa';
import type { SharedStore } from '@muster/store';
import { textsOf } from '@muster/store/procedures';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createApp, MINUTE } from './support/app.js';
import { Browser } from './support/browser.js';
import { callsOf, newCookie, newSession } from './support/promised-calls.js';
import { serve } from './support/serve.js';
import { engines, openStore } from './support/stores.js';

/** Of every session store of this process: `reads`, and `writes` by what they are. */
function countCalls(store: SharedStore) {
  const prototype = Object.getPrototypeOf(textsOf(store)) as ReturnType<typeof textsOf>;
  const spies = [
    vi.spyOn(prototype, 'get'),
    vi.spyOn(prototype, 'set'),
    vi.spyOn(prototype, 'run'),
  ] as const;
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => {
    const [gets, sets, runs] = spies;
    const counts = {
      reads: gets.mock.calls.length,
      writes: [
        ...sets.mock.calls.map(() => 'set'),
        ...runs.mock.calls.flatMap(([{ name, access }]) => (access === 'write' ? [name] : [])),
      ],
    };
    for (const spy of spies) spy.mockClear();
    return counts;
  };
}

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;
  let counted: ReturnType<typeof countCalls>;

  beforeEach(async () => {
    store = await openStore(engine);
    counted = countCalls(store);
  });

  const start = (options: object = {}) =>
    serve(createApp(createSessionStore({ store, ...options })));

  test('a page that makes a session, and its 20 assets, cost one write', async () => {
    const url = await start();
    const browser = new Browser();
    await browser.post(`${url}/visit`);
    const assets = Array.from({ length: 20 }, () => browser.get(`${url}/slow`));
    await Promise.all(assets);
    expect(counted()).toEqual({ reads: 20, writes: ['set'] });
  });

  test('a request that saves costs one read and one write', async () => {
    const url = await start();
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    counted();
    for (let n = 0; n < 5; n++) await browser.post(`${url}/visit`);
    expect(counted()).toEqual({ reads: 5, writes: Array(5).fill('session-swap') });
  });

  test('the end is written once it is due, by one of those that come at once, and without the data', async () => {
    const calls = callsOf(createSessionStore({ store, touchAfterMs: 1_000 }));
    const start = Date.now();
    const endingAt = (end: number) => newCookie({ expires: new Date(end) });
    await calls.set('a', newSession({ n: 1 }, endingAt(start + MINUTE)));
    counted();
    const request = async (end: number) => {
      const session = await calls.load('a');
      Object.assign(session?.cookie ?? {}, {
        expires: new Date(end),
        originalMaxAge: session?.cookie.originalMaxAge,
      });
      await calls.touch('a', session as never);
    };
    await request(start + MINUTE + 1_000);
    await request(start + MINUTE - 1_000);
    expect(counted().writes).toEqual([]);
    await Promise.all(Array.from({ length: 5 }, () => request(start + MINUTE + 1_500)));
    const { writes } = counted();
    expect(new Set(writes)).toEqual(new Set(['session-touch']));
    await request(start + MINUTE + 2_000);
    expect(counted().writes).toEqual([]);
    const found = await calls.get('a');
    expect(found).toMatchObject({ n: 1 });
    expect(new Date(found?.cookie.expires ?? 0).getTime()).toBe(start + MINUTE + 1_500);
  });

  test('what fastify saves with every response is written when something has changed', async () => {
    const sessions = createFastifyStore({ store });
    const get = (id: string) =>
      new Promise<object>((resolve, reject) =>
        sessions.get(id, (error, found) => (error ? reject(error) : resolve(found ?? {}))),
      );
    const set = (id: string, session: object) =>
      new Promise<void>((resolve, reject) =>
        sessions.set(id, session as never, (error) => (error ? reject(error) : resolve())),
      );
    await set('a', newSession({ n: 1 }));
    counted();
    for (const n of [1, 1, 2]) {
      const { cookie, ...fields } = (await get('a')) as { cookie: object };
      // As @fastify/session makes its own of it.
      const session = { cookie, ...fields, n, [Symbol('cookieOpts')]: { ...cookie } };
      await set('a', session);
    }
    expect(counted()).toEqual({ reads: 3, writes: ['session-swap'] });
  });

  test('what koa saves for the sake of the expiry is written when that is due', async () => {
    const sessions = createKoaStore({ store });
    const save = async (ctx: object, age: number, change: object = {}) => {
      const found = await sessions.get('a', MINUTE, { ctx });
      const session = { n: 1, ...found, ...change, _expire: Date.now() + age, _maxAge: MINUTE };
      await sessions.set('a', session, MINUTE + 10_000, { ctx, changed: false, rolling: true });
    };
    await save({}, MINUTE);
    counted();
    await save({}, MINUTE);
    expect(counted().writes).toEqual([]);
    await save({}, 2 * MINUTE);
    expect(counted().writes).toEqual(['session-touch']);
    await save({}, MINUTE, { n: 2 });
    expect(counted().writes).toEqual(['session-swap']);
    expect(await sessions.get('a')).toMatchObject({ n: 2, _maxAge: MINUTE });
  });

  test('an index of users costs a write when a session becomes one of theirs, and none with each request', async () => {
    const url = await start({ userId: ({ user }: { user?: string }) => user });
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    expect(counted().writes.filter((name) => name === 'session-index-add')).toHaveLength(1);
    await browser.post(`${url}/visit`);
    await browser.get(`${url}/me`);
    expect(counted().writes).toEqual(['session-swap']);
  });
});
