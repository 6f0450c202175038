// The index of users: who lists or revokes finds every session that was saved before, whatever goes on meanwhile.
import { createSessionStore, type SessionStoreOptions } from '@muster/session/express';
import { createSessionStore as createKoaStore } from '@muster/session/koa';
import type { SharedStore } from '@muster/store';
import { textsOf } from '@muster/store/procedures';
import type { SessionData, Store } from 'express-session';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { callsOf, newCookie, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

const MINUTE = 60_000;
const userId = (session: SessionData) => session.user;

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;

  beforeEach(async () => {
    store = await openStore(engine);
  });

  function open(options: SessionStoreOptions<SessionData> = {}) {
    const sessions = createSessionStore({ store, userId, ...options });
    return { sessions, ...callsOf(sessions) };
  }

  const idsOf = async (sessions: ReturnType<typeof createSessionStore>, user: string) =>
    (await sessions.sessionsOf(user)).map(({ id }) => id).sort();

  /** Of the index: one key for a page, and how many sessions are on it. */
  async function indexed(): Promise<number> {
    let count = 0;
    for await (const [, page] of store.namespace<string>('session').entries({ prefix: 'u:' })) {
      count += page.split(' ').length;
    }
    return count;
  }

  test("a user's sessions, with when they began, were last seen, and end", async () => {
    const { sessions, set, load } = open();
    const before = Date.now();
    const cookie = newCookie({ maxAge: MINUTE });
    await set('a', newSession({ user: 'ada', device: 'phone' }, cookie));
    await set('b', newSession({ user: 'bob' }));
    await set('c', newSession({}));
    const [found] = await sessions.sessionsOf('ada');
    expect(found).toMatchObject({ id: 'a', session: { user: 'ada', device: 'phone' } });
    expect(found?.expiresAt).toBe(cookie.expires?.getTime());
    expect(found?.createdAt).toBeGreaterThanOrEqual(before);
    expect(found?.lastSeenAt).toBeGreaterThanOrEqual(before);
    const session = (await load('a')) as SessionData & { device: string };
    session.device = 'tablet';
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(found?.lastSeenAt ?? 0));
    await set('a', session);
    const [later] = await sessions.sessionsOf('ada');
    expect(later).toMatchObject({ createdAt: found?.createdAt, session: { device: 'tablet' } });
    expect(later?.lastSeenAt).toBeGreaterThan(found?.lastSeenAt ?? 0);
    expect(await sessions.sessionsOf('nobody')).toEqual([]);
  });

  test('what it has lost is on it again at the next touch that is due', async () => {
    const { sessions, set, touch } = open({ touchAfterMs: 1 });
    const session = newSession({ user: 'ada' }, newCookie({ maxAge: MINUTE }));
    await set('a', session);
    // As a server does that makes room for others.
    await store.namespace('session').clear({ prefix: 'u:' });
    expect(await idsOf(sessions, 'ada')).toEqual([]);
    const before = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before + 5));
    await touch('a', newSession({ user: 'ada' }, newCookie({ maxAge: MINUTE })));
    expect(await idsOf(sessions, 'ada')).toEqual(['a']);
  });

  test('it follows the user of a session, and forgets what is gone', async () => {
    const { sessions, set, load, destroy } = open();
    await set('a', newSession({ user: 'ada' }));
    const session = (await load('a')) as SessionData;
    session.user = 'bob';
    await set('a', session);
    expect([await idsOf(sessions, 'ada'), await idsOf(sessions, 'bob')]).toEqual([[], ['a']]);
    expect(await indexed()).toBe(1);
    delete session.user;
    await set('a', session);
    expect(await idsOf(sessions, 'bob')).toEqual([]);
    expect(await indexed()).toBe(0);
    session.user = 'ada';
    await set('a', session);
    expect(await idsOf(sessions, 'ada')).toEqual(['a']);
    await destroy('a');
    expect(await indexed()).toBe(0);
  });

  test('ids that lead to each other in a circle, as somebody who writes to the store can forge, lead to no session', async () => {
    const { sessions, set, load, destroy } = open();
    const texts = textsOf(store.namespace('session'));
    for (const id of ['a', 'b']) await set(id, newSession({ user: 'ada' }));
    for await (const key of store.namespace('session').keys({ prefix: 's:' })) {
      const text = ((await texts.get(key)) ?? '').replace(',"v":', ',"p":');
      const [, id] = /"id":"(.)",/.exec(text) ?? [];
      const forged = text.replace(/"id":".",/, `$&"to":"${id === 'a' ? 'b' : 'a'}",`);
      await texts.set(key, forged, { forMs: MINUTE });
    }
    expect(await load('a')).toBeFalsy();
    expect(await idsOf(sessions, 'ada')).toEqual([]);
    expect(await sessions.revokeUser('ada', { except: 'a' })).toBe(0);
    await destroy('a');
    for (const id of ['a', 'b']) expect(await load(id)).toBeFalsy();
  });

  test('user ids may be any text', async () => {
    const { sessions, set } = open();
    const users = ['', '__proto__', 'a:b', '\ud800', 'x'.repeat(100_000), 'é', '{u}'];
    for (const user of users) await set(`of ${user.slice(0, 9)}`, newSession({ user }));
    for (const user of users) {
      expect(await idsOf(sessions, user)).toEqual([`of ${user.slice(0, 9)}`]);
      expect(await sessions.revokeUser(user)).toBe(1);
      expect(await idsOf(sessions, user)).toEqual([]);
    }
  });

  test('sessions that were there before there was an index come in when they are used', async () => {
    const before = callsOf(createSessionStore({ store }));
    await before.set('a', newSession({ user: 'ada' }));
    const { sessions, load, touch } = open();
    expect(await idsOf(sessions, 'ada')).toEqual([]);
    await touch('a', (await load('a')) as SessionData);
    expect(await idsOf(sessions, 'ada')).toEqual(['a']);
  });

  test('a session that lives on by touches alone stays in it', async () => {
    const { sessions, set, load, touch } = open({ touchAfterMs: 0 });
    let start = Date.now();
    await vi.waitFor(
      async () => {
        const session = await load('a');
        if (session) {
          (session as unknown as { touch(): void }).touch();
          await touch('a', session as SessionData);
        } else {
          // The first time, or this process stood still for longer than a session lasts: all over again.
          start = Date.now();
          await set('a', newSession({ user: 'ada' }, newCookie({ maxAge: 800 })));
        }
        expect(Date.now()).toBeGreaterThan(start + 2_400);
        expect(await idsOf(sessions, 'ada')).toEqual(['a']);
      },
      { interval: 20, timeout: 60_000 },
    );
  });

  test('what ended is not listed, and does not pile up', async () => {
    const { sessions, set } = open();
    for (let n = 0; n < 300; n++) {
      await set(`short ${n}`, newSession({ user: 'ada' }, newCookie({ maxAge: 5 })));
    }
    await set('long', newSession({ user: 'ada' }));
    await vi.waitFor(async () => expect(await idsOf(sessions, 'ada')).toEqual(['long']));
    await vi.waitFor(async () => {
      // Pages that nothing is added to end by themselves.
      await set('long', newSession({ user: 'ada' }));
      expect(await indexed()).toBe(1);
    });
  });

  test('logins that race with revocations: what was saved before is gone, what is there is listed', async () => {
    const [here, there] = [open(), open()];
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        [0, 1, 2].map((n) => here.set(`before ${round}.${n}`, newSession({ user: 'ada' }))),
      );
      const logins = [0, 1, 2, 3].map((n) =>
        (n % 2 ? here : there).set(`during ${round}.${n}`, newSession({ user: 'ada' })),
      );
      await Promise.all([
        ...logins,
        here.sessions.revokeUser('ada'),
        there.sessions.revokeUser('ada'),
      ]);
      for (const n of [0, 1, 2]) expect(await here.get(`before ${round}.${n}`)).toBeFalsy();
      expect(await idsOf(here.sessions, 'ada')).toEqual(
        Object.keys((await here.all()) ?? {}).sort(),
      );
      await here.sessions.revokeUser('ada');
      expect(await here.length()).toBe(0);
    }
  });

  test('saves, touches and changes of user that race with a revocation bring nothing back', async () => {
    const [here, there] = [open({ touchAfterMs: 0 }), open({ touchAfterMs: 0 })];
    for (let round = 0; round < 30; round++) {
      const id = `round ${round}`;
      await here.set(id, newSession({ user: 'ada', n: 0 }));
      const loaded = await Promise.all([here.load(id), there.load(id), here.load(id)]);
      const [one, two, three] = loaded as unknown as (SessionData & { n: number; m: number })[];
      if (!one || !two || !three) throw new Error('not loaded');
      one.n = 1;
      two.m = 1;
      three.cookie.expires = new Date(Date.now() + 2 * MINUTE);
      const calls: (() => Promise<unknown>)[] = [
        () => here.set(id, one),
        () => there.sessions.revokeUser('ada'),
        () => there.set(id, two),
        () => here.touch(id, three),
      ];
      if (round % 2) calls.reverse();
      await Promise.all(calls.map((call) => call()));
      expect(await here.get(id)).toBeFalsy();
      expect(await idsOf(here.sessions, 'ada')).toEqual([]);
    }
    expect(await here.length()).toBe(0);
  });

  test('one is spared, and others are counted', async () => {
    const { sessions, set, get } = open();
    for (const id of ['a', 'b', 'c']) await set(id, newSession({ user: 'ada' }));
    expect(await sessions.revokeUser('ada', { except: 'b' })).toBe(2);
    expect(await get('b')).toMatchObject({ user: 'ada' });
    expect(await sessions.revokeUser('ada', { except: 'nothing' })).toBe(1);
    expect(await sessions.revokeUser('ada')).toBe(0);
  });

  test('what the function throws is the error of the save', async () => {
    const sessions = createSessionStore({
      store,
      userId: () => {
        throw new RangeError('no user');
      },
    });
    const { set, length } = callsOf(sessions as Store);
    await expect(set('a', newSession())).rejects.toThrow('no user');
    expect(await length()).toBe(0);
  });

  test('without the option there is no index', async () => {
    for (const sessions of [createSessionStore({ store }), createKoaStore({ store })]) {
      const refusal = { code: 'MUSTER_INVALID_OPTION' };
      await expect(sessions.sessionsOf('ada')).rejects.toMatchObject(refusal);
      await expect(sessions.revokeUser('ada')).rejects.toMatchObject(refusal);
    }
  });
});
