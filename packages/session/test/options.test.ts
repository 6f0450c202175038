// Options and arguments of a session store: what it does not know is refused, and says what was probably meant.
import { createSessionStore } from '@muster/session/express';
import { createSessionStore as createFastifyStore } from '@muster/session/fastify';
import { createSessionStore as createKoaStore } from '@muster/session/koa';
import { createSharedStore, InvalidOptionError, type SharedStore } from '@muster/store';
import session from 'express-session';
import { beforeEach, describe, expect, test } from 'vitest';
import { callsOf, newCookie, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

const MINUTE = 60_000;

let store: SharedStore;

beforeEach(async () => {
  store = await openStore('embedded');
});

const client = { sendCommand() {}, duplicate() {} };

describe.each([
  ['express', createSessionStore],
  ['fastify', createFastifyStore],
  ['koa', createKoaStore],
])('%s', (_, create) => {
  test.each<[what: string, options: unknown, hint: string]>([
    ['ttl', { ttl: 3_600 }, 'did you mean ttlMs, in milliseconds?'],
    ['client', { client }, 'createSharedStore({ redis })'],
    ['redis', { redis: client }, 'createSharedStore({ redis })'],
    ['url', { url: 'redis://127.0.0.1' }, 'createSharedStore({ url })'],
    ['disableTouch', { disableTouch: true }, 'touchAfterMs: Infinity'],
    ['disableTTL', { disableTTL: true }, 'ttlMs: Infinity'],
    ['serializer', { serializer: JSON }, 'JSON'],
    ['secret', { secret: 'x'.repeat(32) }, 'did you mean secrets?'],
    ['touchAfter', { touchAfter: 60 }, 'touchAfterMs, in milliseconds'],
    ['a slip of the keyboard', { prefx: 'a' }, 'did you mean prefix?'],
    ['another case', { ttlMS: 1 }, 'did you mean ttlMs?'],
    ['nothing like an option', { colour: 'red' }, 'there are store, prefix, ttlMs'],
    ['an unknown name without a value', { ttl: undefined }, 'did you mean ttlMs'],
    ['the session function', session, 'createSessionStore(), without the session middleware'],
    ['a URL', 'redis://127.0.0.1', 'createSharedStore({ url })'],
    ['null', null, 'an object of options'],
    ['a list', [], 'an object of options'],
    ['a client of Redis', client, 'createSharedStore({ redis })'],
    ['a client of Redis as the store', { store: client }, 'createSharedStore({ redis })'],
    ['no store as the store', { store: {} }, 'createSharedStore()'],
    ['a prefix that is no text', { prefix: 7 }, 'prefix'],
    ['a format with a name too many', { format: { from: 'connect-redis', pre: 'a' } }, '"pre"'],
    ['a number as secrets', { secrets: 5 }, 'one text or an array of texts'],
    ['null as secrets', { secrets: null }, 'one text or an array of texts'],
    ['acceptUnsealed without secrets', { acceptUnsealed: true }, 'give secrets along'],
    ['an unknown way of acceptUnsealed', { acceptUnsealed: 'read' }, "true, false or 'write'"],
  ])('%s is refused', (_what, options, hint) => {
    const given = Object.getPrototypeOf(options ?? 0) === Object.prototype;
    const all = given && options !== client ? { store, ...(options as object) } : options;
    const attempt = () => create(all as never);
    expect(attempt).toThrow(InvalidOptionError);
    expect(attempt).toThrow(hint);
  });

  test('a store in place of the options is refused', () => {
    expect(() => create(store as never)).toThrow('write { store }');
  });

  test('a user id that is no text, and other arguments that cannot be, are refused', async () => {
    const sessions = create({ store, userId: () => undefined } as never);
    const refused = (call: Promise<unknown>) =>
      expect(call).rejects.toBeInstanceOf(InvalidOptionError);
    for (const id of [42, undefined, null, {}]) {
      await refused(sessions.sessionsOf(id as never));
      await refused(sessions.revokeUser(id as never));
    }
    for (const options of ['an id', { keep: 'an id' }, { except: 42 }, null]) {
      await refused(sessions.revokeUser('ada', options as never));
    }
    expect(await sessions.revokeUser('ada', { except: undefined })).toBe(0);
  });
});

test.each<[what: string, userId: () => unknown]>([
  ['a promise', async () => 'ada'],
  ['a promise that rejects', () => Promise.reject(new Error('of the app'))],
  ['an object', () => ({ id: 'ada' })],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Infinity],
  ['false', () => false],
])('a userId that gives %s is an error of the call, and nothing is stored', async (_, userId) => {
  const sessions = createSessionStore({ store, userId: userId as () => string });
  for (const call of [sessions.set('a', newSession()), sessions.touch('a', newSession())]) {
    await expect(call).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(call).rejects.toThrow('userId gives text');
  }
  expect(await sessions.length()).toBe(0);
});

test.each([42, 42n, '42'])('a user id %o is named by its text', async (user) => {
  const sessions = createSessionStore({ store, userId: () => user as string });
  await sessions.set('a', newSession());
  expect(await sessions.revokeUser('42')).toBe(1);
});

test('calls of the store without an id, a session or a request are refused', async () => {
  const sessions = createSessionStore({ store });
  const refused = (code: string, name: keyof typeof sessions, ...args: unknown[]) =>
    expect(
      (sessions[name] as (...all: unknown[]) => Promise<unknown>)(...args),
    ).rejects.toMatchObject({ code });
  await refused('MUSTER_INVALID_OPTION', 'get');
  await refused('MUSTER_INVALID_OPTION', 'get', 5);
  await refused('MUSTER_INVALID_OPTION', 'destroy');
  await refused('MUSTER_INVALID_OPTION', 'set', undefined, newSession());
  await refused('MUSTER_INVALID_SESSION', 'touch', 'a');
  await refused('MUSTER_INVALID_OPTION', 'regenerate', undefined, {});
  for (const create of [createFastifyStore, createKoaStore]) {
    const other = create({ store });
    for (const call of [other.get, other.destroy]) {
      await expect(call.call(other, undefined as never)).rejects.toMatchObject({
        code: 'MUSTER_INVALID_OPTION',
      });
    }
  }
});

test.each(engines)("%s: prefix: 'sess:' is prefix: 'sess'", async (engine) => {
  const shared = await openStore(engine);
  const [one, two] = ['sess:', 'sess'].map((prefix) =>
    createSessionStore({ store: shared, prefix }),
  );
  await one?.set('a', newSession({ user: 'ada' }));
  expect(await two?.get('a')).toMatchObject({ user: 'ada' });
});

test.each(engines)('%s: ttlMs may be a function of the session', async (engine) => {
  const shared = await openStore(engine);
  const asked: unknown[] = [];
  const sessions = createSessionStore({
    store: shared,
    touchAfterMs: 0,
    userId: ({ user }) => user,
    ttlMs: ({ user, cookie }) => {
      asked.push(cookie);
      return user === 'ada' ? 10 * MINUTE : MINUTE;
    },
  });
  const calls = callsOf(sessions);
  const endOf = async (user: string) => (await sessions.sessionsOf(user))[0]?.expiresAt ?? 0;
  const before = Date.now();
  await calls.set('a', newSession({ user: 'ada' }, newCookie()));
  await calls.set('b', newSession({ user: 'bob' }, newCookie()));
  expect(await endOf('ada')).toBeGreaterThanOrEqual(before + 10 * MINUTE);
  expect(await endOf('bob')).toBeLessThan(before + 10 * MINUTE);
  // It has no say where the cookie has an end, and is not asked.
  const count = asked.length;
  const cookie = newCookie({ maxAge: 5 * MINUTE });
  await calls.set('c', newSession({ user: 'eve' }, cookie));
  expect(await endOf('eve')).toBe(cookie.expires?.getTime());
  expect(asked).toHaveLength(count);
  for (const given of asked) expect(given).toHaveProperty('expires');
  // A session that changes may change how long it lives.
  const loaded = await calls.load('b');
  await calls.set('b', Object.assign(loaded ?? newSession(), { user: 'ada' }));
  const [, changed] = await sessions.sessionsOf('ada');
  expect(changed?.expiresAt).toBeGreaterThanOrEqual(before + 10 * MINUTE);
});

test.each([0, -1, Number.NaN, '60000', undefined])(
  'a ttlMs that gives %s is an error of the call, and nothing is stored',
  async (ttlMs) => {
    const sessions = createSessionStore({ store, ttlMs: () => ttlMs as number });
    await expect(sessions.set('a', newSession({}, newCookie()))).rejects.toBeInstanceOf(
      InvalidOptionError,
    );
    expect(await sessions.length()).toBe(0);
  },
);

test('a store that is asked for as in the docs is none of these', async () => {
  await using own = createSharedStore({ url: 'lmdb:/nowhere/at/all' });
  expect(() => createSessionStore({ store: own, prefix: undefined })).not.toThrow();
});
