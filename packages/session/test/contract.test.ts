// The contract of express-session, on its own MemoryStore (which shows that the tests state it) and on ours.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createSessionStore } from '@muster/session/express';
import session, { type SessionData, type Store } from 'express-session';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clock } from '../../../test/support/settable-clock.js';
import { FIELDS, IDS, TWINS } from './support/hostile.js';
import { type Calls, callsOf, newCookie, newSession } from './support/promised-calls.js';
import { openStore } from './support/stores.js';

const MINUTE = 60_000;

const stores: [name: string, open: () => Promise<Store>][] = [
  ['MemoryStore', async () => new session.MemoryStore()],
  ['embedded', async () => createSessionStore({ store: await openStore('embedded') })],
  ['redis', async () => createSessionStore({ store: await openStore('redis') })],
];

describe.each(stores)('%s', (name, open) => {
  let store: Store;
  let calls: Calls;

  beforeEach(async () => {
    store = await open();
    calls = callsOf(store);
  });

  afterEach(() => {
    vi.useRealTimers();
    clock.stoppedAt = undefined;
  });

  /** So far ahead that the session does not end by itself; where Redis's clock counts, it is waited for. */
  const aheadMs = name === 'redis' ? 500 : MINUTE;

  /** Until then it is there, and not from then on. */
  async function expectEnd(id: string, end: number) {
    if (name === 'redis') {
      for (let asked = 0; asked < end + 5; ) {
        asked = Date.now();
        if (await calls.get(id)) expect(asked).toBeLessThan(end);
      }
      return;
    }
    const setTime = (now: number) => {
      // MemoryStore asks the global one, our store its own.
      vi.useFakeTimers({ toFake: ['Date'], now });
      clock.stoppedAt = now;
    };
    setTime(end - 1);
    expect(await calls.get(id)).toBeTruthy();
    setTime(end);
    expect(await calls.get(id)).toBeFalsy();
  }

  test('is a store of express-session', () => {
    expect(store).toBeInstanceOf(session.Store);
  });

  test('an unknown session is no error and no session', async () => {
    expect(await calls.get('nobody')).toBeFalsy();
  });

  test('a session comes back as JSON has it', async () => {
    const saved = newSession(FIELDS);
    await calls.set('json', saved);
    const found = await calls.get('json');
    expect(JSON.stringify(found)).toBe(JSON.stringify(saved));
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(found).not.toHaveProperty('admin');
  });

  test('a session nested 2,000 deep comes back', async () => {
    const deep = JSON.parse(`${'{"in":'.repeat(2_000)}1${'}'.repeat(2_000)}`);
    await calls.set('deep', newSession({ deep }));
    const found = (await calls.get('deep')) as unknown as { deep: unknown };
    expect(JSON.stringify(found.deep)).toBe(JSON.stringify(deep));
  });

  test('the cookie comes back as its toJSON() has it, with its end as text', async () => {
    const cookie = newCookie({ maxAge: MINUTE });
    Object.assign(cookie, { sameSite: 'lax', secure: true, domain: 'example.org' });
    await calls.set('cookie', newSession({}, cookie));
    const found = await calls.get('cookie');
    expect(found?.cookie).toEqual(JSON.parse(JSON.stringify(cookie)));
    expect(found?.cookie.expires).toBe(cookie.expires?.toISOString());
    expect(found?.cookie).not.toHaveProperty('_expires');
  });

  test('each get gives an object of its own', async () => {
    await calls.set('fresh', newSession({ cart: ['a'] }));
    const first = (await calls.get('fresh')) as SessionData & { cart: string[] };
    first.cart.push('b');
    first.cookie.path = '/elsewhere';
    expect(await calls.get('fresh')).toMatchObject({ cart: ['a'], cookie: { path: '/' } });
  });

  test('a session is saved as it is at the call', async () => {
    const saved = newSession({ cart: ['a'] }) as SessionData & { cart: string[] };
    const saving = calls.set('snapshot', saved);
    saved.cart.push('b');
    saved.cookie.path = '/elsewhere';
    await saving;
    expect(await calls.get('snapshot')).toMatchObject({ cart: ['a'], cookie: { path: '/' } });
  });

  test('a second set replaces the whole session', async () => {
    await calls.set('replaced', newSession({ a: 1, b: 1 }));
    await calls.set('replaced', newSession({ b: 2 }));
    const found = await calls.get('replaced');
    expect(found).toMatchObject({ b: 2 });
    expect(found).not.toHaveProperty('a');
  });

  test('sets of one session in one turn take effect in their order', async () => {
    await Promise.all([1, 2, 3, 4, 5].map((n) => calls.set('ordered', newSession({ n }))));
    expect(await calls.get('ordered')).toMatchObject({ n: 5 });
  });

  test('calls take effect in the order they are made in, awaited or not', async () => {
    for (let n = 0; n < 20; n++) {
      const id = `in order ${n}`;
      const found = await Promise.all([
        calls.set(id, newSession({ n: 1 })),
        calls.get(id),
        calls.set(id, newSession({ n: 2 })),
        calls.get(id),
        calls.destroy(id),
        calls.get(id),
      ]);
      expect([found[1], found[3]]).toMatchObject([{ n: 1 }, { n: 2 }]);
      expect(found[5]).toBeFalsy();
    }
  });

  test('a session is found until the millisecond before its cookie ends, and not after', async () => {
    const end = Date.now() + aheadMs;
    await calls.set('exact', newSession({}, newCookie({ expires: new Date(end) })));
    await expectEnd('exact', end);
  });

  test('a session ends below a second, too', async () => {
    // The first call opens the store, which may take longer than this session lives.
    await calls.get('short');
    let found = 0;
    // Once more where this process stood still for as long as it lives.
    for (let ms = 250; found === 0; ms += 150) {
      const end = Date.now() + ms;
      await calls.set('short', newSession({}, newCookie({ expires: new Date(end) })));
      let asked: number;
      do {
        asked = Date.now();
        if (!(await calls.get('short'))) continue;
        expect(asked).toBeLessThan(end);
        found += 1;
      } while (asked < end + 5);
    }
  });

  test('a cookie that has ended already ends the session', async () => {
    await calls.set('ended', newSession());
    await calls.set('ended', newSession({}, newCookie({ expires: new Date(Date.now() - 1) })));
    expect(await calls.get('ended')).toBeFalsy();
    await calls.set('ended', newSession({}, newCookie({ maxAge: 0 })));
    expect(await calls.get('ended')).toBeFalsy();
  });

  test.each([
    ['no end', null, null],
    ['false as its end', false, false],
    ['an invalid date', new Date(Number.NaN), null],
    ['the last date there is', new Date(8.64e15), '+275760-09-13T00:00:00.000Z'],
  ])('a session whose cookie has %s is found', async (_, expires, found) => {
    const cookie = newCookie({ expires: expires as Date });
    await calls.set('endless', newSession({ a: 1 }, cookie));
    expect(await calls.get('endless')).toMatchObject({ a: 1, cookie: { expires: found } });
    await calls.touch('endless', newSession({}, cookie));
    expect(await calls.get('endless')).toMatchObject({ a: 1, cookie: { expires: found } });
  });

  test('touch moves the end and saves no data', async () => {
    await calls.set('touched', newSession({ a: 1 }));
    const cookie = newCookie({ maxAge: 10 * MINUTE });
    await calls.touch('touched', newSession({ a: 2, b: 2 }, cookie));
    const found = await calls.get('touched');
    expect(found).toEqual({ a: 1, cookie: JSON.parse(JSON.stringify(cookie)) });
    if (name !== 'redis') await expectEnd('touched', cookie.expires?.getTime() ?? 0);
  });

  test('touch can bring the end nearer', async () => {
    await calls.set('nearer', newSession({}, newCookie({ maxAge: 10 * MINUTE })));
    const end = Date.now() + aheadMs;
    await calls.touch('nearer', newSession({}, newCookie({ expires: new Date(end) })));
    await expectEnd('nearer', end);
  });

  test('touch with a cookie that has ended ends the session', async () => {
    await calls.set('over', newSession());
    await calls.touch('over', newSession({}, newCookie({ expires: new Date(Date.now() - 1) })));
    expect(await calls.get('over')).toBeFalsy();
  });

  test('touch brings no session into being, and none back', async () => {
    await calls.touch('never', newSession());
    expect(await calls.get('never')).toBeFalsy();
    await calls.set('gone', newSession());
    await calls.destroy('gone');
    await calls.touch('gone', newSession());
    expect(await calls.get('gone')).toBeFalsy();
    expect(await calls.length()).toBe(0);
  });

  test('a set after a touch has the last word on the cookie', async () => {
    await calls.set('last', newSession());
    await calls.touch('last', newSession({}, newCookie({ maxAge: 10 * MINUTE })));
    const cookie = newCookie({ maxAge: 5 * MINUTE });
    await calls.set('last', newSession({}, cookie));
    expect((await calls.get('last'))?.cookie).toEqual(JSON.parse(JSON.stringify(cookie)));
  });

  test('a destroyed session is gone, alone, and may be destroyed again', async () => {
    await calls.set('one', newSession());
    await calls.set('two', newSession());
    await calls.destroy('one');
    await calls.destroy('one');
    expect(await calls.get('one')).toBeFalsy();
    expect(await calls.get('two')).toBeTruthy();
  });

  test('callbacks may be missing', async () => {
    await calls.set('kept', newSession());
    store.set('quiet', newSession({ n: 1 }));
    await vi.waitFor(async () => expect(await calls.get('quiet')).toMatchObject({ n: 1 }));
    const cookie = newCookie({ maxAge: 10 * MINUTE });
    store.touch?.('quiet', newSession({}, cookie));
    await vi.waitFor(async () =>
      expect((await calls.get('quiet'))?.cookie.expires).toBe(cookie.expires?.toISOString()),
    );
    store.destroy('quiet');
    await vi.waitFor(async () => expect(await calls.get('quiet')).toBeFalsy());
    store.clear?.();
    await vi.waitFor(async () => expect(await calls.length()).toBe(0));
  });

  test('every callback is called once, after the call has returned, in the context of its caller', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: Record<string, { returned: boolean; error: unknown; context: unknown }[]> = {};
    const stored = newSession();
    await calls.set('once', stored);
    const watch = (name: string, call: (callback: (error?: unknown) => void) => void) => {
      const times: (typeof seen)[string] = [];
      seen[name] = times;
      let returned = false;
      context.run(name, () => {
        call((error) =>
          times.push({ returned, error: error ?? null, context: context.getStore() }),
        );
      });
      returned = true;
    };
    watch('get', (done) => store.get('once', done));
    watch('get of nobody', (done) => store.get('nobody', done));
    watch('set', (done) => store.set('other', stored, done));
    watch('touch', (done) => store.touch?.('once', stored, done));
    watch('length', (done) => store.length?.(done));
    watch('all', (done) => store.all?.(done));
    watch('destroy', (done) => store.destroy('once', done));
    watch('clear', (done) => store.clear?.(done));
    await vi.waitFor(() =>
      expect(Object.values(seen).every(({ length }) => length > 0)).toBe(true),
    );
    // Whatever would be called a second time has had its turns.
    await calls.length();
    for (const [name, times] of Object.entries(seen)) {
      expect(times, name).toEqual([{ returned: true, error: null, context: name }]);
    }
  });

  test('all, length and clear', async () => {
    expect(await calls.all()).toEqual({});
    expect(await calls.length()).toBe(0);
    const ids = Array.from({ length: 250 }, (_, n) => `user:${n}`);
    await Promise.all(ids.map((id) => calls.set(id, newSession({ is: id }))));
    await calls.set('ended', newSession({}, newCookie({ expires: new Date(Date.now() - 1) })));
    await calls.destroy('user:7');
    const all = await calls.all();
    expect(Object.keys(all ?? {}).sort()).toEqual(ids.filter((id) => id !== 'user:7').sort());
    expect(all?.['user:8']).toEqual(await calls.get('user:8'));
    expect(await calls.length()).toBe(249);
    await calls.clear();
    expect(await calls.all()).toEqual({});
    expect(await calls.length()).toBe(0);
    expect(await calls.get('user:8')).toBeFalsy();
  });

  test.each(IDS)('an id may be %s', async (_, id) => {
    expect(await calls.get(id)).toBeFalsy();
    await calls.set(id, newSession({ n: 1 }));
    await calls.set(`${id}.`, newSession({ n: 2 }));
    await calls.touch(id, newSession({}, newCookie({ maxAge: 10 * MINUTE })));
    expect(await calls.get(id)).toMatchObject({ n: 1 });
    const all = (await calls.all()) ?? {};
    expect(Object.keys(all).sort()).toEqual([id, `${id}.`]);
    expect(all[id]).toMatchObject({ n: 1 });
    await calls.destroy(id);
    expect(await calls.get(id)).toBeFalsy();
    expect(await calls.get(`${id}.`)).toMatchObject({ n: 2 });
  });

  test('two ids are two sessions, however much they look alike', async () => {
    for (const id of TWINS) await calls.set(id, newSession({ is: id }));
    for (const id of TWINS) expect(await calls.get(id)).toMatchObject({ is: id });
  });

  test('load gives a session of express-session, with a live cookie', async () => {
    const cookie = newCookie({ maxAge: MINUTE });
    await calls.set('loaded', newSession({ name: 'Ada' }, cookie));
    const loaded = await calls.load('loaded');
    expect(loaded).toMatchObject({ id: 'loaded', name: 'Ada', touch: expect.any(Function) });
    expect(loaded?.cookie.expires).toEqual(cookie.expires);
    expect(loaded?.cookie.originalMaxAge).toBe(cookie.originalMaxAge);
    expect(await calls.load('nobody')).toBeFalsy();
  });
});
