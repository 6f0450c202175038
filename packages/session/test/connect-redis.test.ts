// Next to connect-redis, on the same Redis: with sessions in its format, and taking them over.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { createSessionStore, type SessionStoreOptions } from '@muster/session/express';
import { createSharedStore } from '@muster/store';
import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import { createClient } from 'redis';
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  onTestFinished,
  test,
} from 'vitest';
import { callsOf, newCookie, newSession } from './support/promised-calls.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let client: ReturnType<typeof createClient>;
let keyPrefix: string;

beforeAll(async () => {
  client = createClient({ url: inject('redisUrl') });
  await client.connect();
});

afterAll(() => client.close());

beforeEach(() => {
  keyPrefix = `connect-redis-test:${randomUUID()}:`;
});

function theirs() {
  return callsOf(new RedisStore({ client, prefix: `${keyPrefix}sess:` }));
}

function shared() {
  const store = createSharedStore({ url: inject('redisUrl'), keyPrefix });
  onTestFinished(() => store.close());
  return store;
}

/** All but the mark of the data, which the store itself leaves. */
const keys = async () =>
  (await client.keys(`${keyPrefix}*`)).filter((key) => !key.endsWith('$muster.data:mark'));
const endOf = (session: SessionData | null | undefined) =>
  new Date(session?.cookie.expires ?? 0).getTime();

describe("format: 'connect-redis'", () => {
  const ours = () => createSessionStore({ store: shared(), format: 'connect-redis' });

  test('each reads what the other saved, under the same key', async () => {
    const [here, there] = [callsOf(ours()), theirs()];
    const session = newSession({ user: 'ada', cart: [{ sku: 1 }] });
    await there.set('a', session);
    expect(JSON.stringify(await here.get('a'))).toBe(JSON.stringify(session));
    await here.set('b', session);
    expect(JSON.stringify(await there.get('b'))).toBe(JSON.stringify(session));
    expect((await keys()).sort()).toEqual([`${keyPrefix}sess:a`, `${keyPrefix}sess:b`]);
    expect(await here.length()).toBe(2);
    expect(Object.keys((await here.all()) ?? {}).sort()).toEqual(['a', 'b']);
    await there.destroy('a');
    expect(await here.get('a')).toBeFalsy();
    await here.destroy('b');
    expect(await there.get('b')).toBeFalsy();
  });

  test('each moves the end for the other', async () => {
    const [here, there] = [callsOf(ours()), theirs()];
    await there.set('a', newSession());
    await there.touch('a', newSession({}, newCookie({ maxAge: 10 * MINUTE })));
    const end = endOf(await here.get('a'));
    expect(end).toBeGreaterThan(Date.now() + 9 * MINUTE);
    expect(end).toBeLessThanOrEqual(Date.now() + 10 * MINUTE + 1_000);
    await here.touch('a', newSession({}, newCookie({ maxAge: 20 * MINUTE })));
    expect(await client.ttl(`${keyPrefix}sess:a`)).toBeGreaterThan(19 * 60);
    await there.set('browser', newSession({}, newCookie()));
    expect((await here.get('browser'))?.cookie.expires).toBeNull();
  });

  test('changes are merged, and what is gone stays gone', async () => {
    const store = ours();
    const [here, there] = [callsOf(store), theirs()];
    await there.set('a', newSession({ kept: 1, dropped: 1 }));
    const [one, two] = await Promise.all([here.load('a'), here.load('a')]);
    Object.assign(one ?? {}, { x: 1 });
    Object.assign(two ?? {}, { y: 1 });
    delete (two as unknown as { dropped?: number }).dropped;
    await here.set('a', one as SessionData);
    await here.set('a', two as SessionData);
    const { cookie: _, ...found } = (await there.get('a')) as SessionData;
    expect(found).toEqual({ kept: 1, x: 1, y: 1 });
    await there.destroy('a');
    Object.assign(one ?? {}, { z: 1 });
    await here.set('a', one as SessionData);
    expect(await keys()).toEqual([]);
  });

  test('an id that cannot be a key is no session, and errors name no id', async () => {
    const store = shared();
    const here = callsOf(createSessionStore({ store, format: 'connect-redis' }));
    for (const id of ['', 'x'.repeat(2_000), '\ud800']) {
      expect(await here.get(id)).toBeFalsy();
      await here.destroy(id);
      await here.touch(id, newSession());
      await expect(here.set(id, newSession())).rejects.toMatchObject({
        code: 'MUSTER_INVALID_SESSION',
      });
    }
    const id = randomUUID();
    const error = await here
      .set(id, newSession({ text: 'x'.repeat(17 * 1024 ** 2) }))
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'MUSTER_VALUE_TOO_LARGE' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(id);
  });

  test('what is no session is not found', async () => {
    const here = callsOf(ours());
    for (const text of ['', 'text', '[]', '7', '{"cut']) {
      await client.set(`${keyPrefix}sess:foreign`, text);
      expect(await here.get('foreign')).toBeFalsy();
    }
    await client.del(`${keyPrefix}sess:foreign`);
    await client.rPush(`${keyPrefix}sess:foreign`, 'a list');
    expect(await here.get('foreign')).toBeFalsy();
  });
});

test.each<SessionStoreOptions['format']>(['connect-redis', { from: 'connect-redis' }])(
  'format %j on a store without a keyPrefix finds what connect-redis keeps under its default prefix',
  async (format) => {
    const store = createSharedStore({ url: inject('redisUrl') });
    onTestFinished(() => store.close());
    const here = createSessionStore({ store, format });
    const there = callsOf(new RedisStore({ client }));
    const [id, other] = [randomUUID(), randomUUID()];
    await there.set(id, newSession({ user: 'ada' }));
    expect(await here.get(id)).toMatchObject({ user: 'ada' });
    await here.set(other, newSession());
    expect(Boolean(await there.get(other))).toBe(format === 'connect-redis');
    for (const each of [id, other]) await here.destroy(each);
    await store.close();
    await expect(here.get(id)).rejects.toMatchObject({ code: 'MUSTER_STORE_CLOSED' });
  },
);

describe("format: { from: 'connect-redis' }", () => {
  const ours = (userId?: (session: SessionData) => string | undefined) =>
    createSessionStore({ store: shared(), format: { from: 'connect-redis' }, userId });

  test('a session becomes ours when it is first used, with its end and all that is in it', async () => {
    const [here, there] = [callsOf(ours()), theirs()];
    const session = newSession({ user: 'ada' }, newCookie({ maxAge: DAY }));
    await there.set('a', session);
    expect(await here.length()).toBe(1);
    expect(Object.keys((await here.all()) ?? {})).toEqual(['a']);
    expect(JSON.stringify(await here.get('a'))).toBe(JSON.stringify(session));
    expect(await there.get('a')).toBeFalsy();
    expect(await keys()).toEqual([expect.stringMatching(/session:s:\{[\w-]+\}$/)]);
    expect(JSON.stringify(await here.get('a'))).toBe(JSON.stringify(session));
    await here.destroy('a');
    expect(await keys()).toEqual([]);
  });

  test('requests that come at once all find it', async () => {
    const stores = [callsOf(ours()), callsOf(ours())];
    await theirs().set('a', newSession({ user: 'ada' }));
    const found = await Promise.all(Array.from({ length: 10 }, (_, n) => stores[n % 2]?.get('a')));
    for (const session of found) expect(session).toMatchObject({ user: 'ada' });
    expect(await keys()).toHaveLength(1);
  });

  test('one that is destroyed while it is taken over is gone', async () => {
    const [here, there] = [callsOf(ours()), callsOf(ours())];
    for (let round = 0; round < 50; round++) {
      const id = `round ${round}`;
      await theirs().set(id, newSession());
      const calls = [here.get(id), there.destroy(id), here.get(id), there.get(id)];
      await Promise.all(calls);
      expect(await here.get(id)).toBeFalsy();
    }
    expect(await keys()).toEqual([]);
  });

  test('it is in the index of its user from then on', async () => {
    const store = ours((session) => session.user);
    await theirs().set('a', newSession({ user: 'ada' }));
    expect(await store.sessionsOf('ada')).toEqual([]);
    await callsOf(store).get('a');
    expect(await store.sessionsOf('ada')).toMatchObject([{ id: 'a', session: { user: 'ada' } }]);
  });

  test('clear takes both', async () => {
    const here = callsOf(ours());
    await theirs().set('a', newSession());
    await here.set('b', newSession());
    await here.clear();
    expect(await keys()).toEqual([]);
  });
});
