// What our store promises beyond the contract of express-session, and how it fails.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { createSessions, InvalidSessionError } from '@muster/session';
import { createSessionStore, type SessionStoreOptions } from '@muster/session/express';
import { createSharedStore, InvalidOptionError, type SharedStore } from '@muster/store';
import type { SessionData } from 'express-session';
import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { IDS } from './support/hostile.js';
import { callsOf, newCookie, newSession } from './support/promised-calls.js';
import { emptyStore, engines, openStore } from './support/stores.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

async function keysOf(store: SharedStore, namespace = 'session'): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.namespace(namespace).keys()) keys.push(key);
  return keys;
}

/** Milliseconds left to each session. */
async function timeLeft(store: SharedStore): Promise<(number | undefined)[]> {
  const view = store.namespace('session');
  return Promise.all((await keysOf(store)).map((key) => view.ttlMs(key)));
}

describe.each(engines)('%s', (engine) => {
  test('a session whose cookie has no end lives for a day from its last use', async () => {
    const store = await openStore(engine);
    const calls = callsOf(createSessionStore({ store, touchAfterMs: 0 }));
    const forBrowser = newSession({}, newCookie());
    await calls.set('browser', forBrowser);
    const set = await timeLeft(store);
    expect(set).toHaveLength(1);
    for (const left of set) expect(left).toSatisfy((ms: number) => ms > DAY - MINUTE && ms <= DAY);
    const lowest = await vi.waitFor(async () => {
      const left = Math.max(...((await timeLeft(store)) as number[]));
      expect(left).toBeLessThan(DAY - 20);
      return left;
    });
    // Again where the machine was so slow that what the touch gave is over.
    await vi.waitFor(async () => {
      await calls.touch('browser', forBrowser);
      for (const left of await timeLeft(store)) expect(left).toBeGreaterThan(lowest);
    });
    expect((await calls.get('browser'))?.cookie.expires).toBeNull();
  });

  test('ttlMs says how long that is, and when it is over nothing is left', async () => {
    const store = await openStore(engine);
    const calls = callsOf(createSessionStore({ store, ttlMs: 60 }));
    const started = Date.now();
    await calls.set('browser', newSession({}, newCookie()));
    await vi.waitFor(async () => expect(await calls.get('browser')).toBeFalsy(), { interval: 5 });
    expect(Date.now() - started).toBeGreaterThanOrEqual(60);
    expect(await keysOf(store)).toEqual([]);
    await calls.set('with an end', newSession());
    for (const left of await timeLeft(store)) expect(left).toBeGreaterThan(MINUTE / 2);
  });

  test.each([
    ['in the clear', {}],
    ['sealed', { secrets: 'x'.repeat(32) }],
  ])('length counts a session once, also while its old id leads to it: %s', async (_, options) => {
    const store = await openStore(engine);
    const session = await createSessions({ store, ...options }).load(undefined);
    await session.save();
    await session.regenerate({ graceMs: DAY });
    await createSessions({ store, ...options })
      .load(undefined)
      .then((another) => another.save());
    expect(await keysOf(store)).toHaveLength(3);
    expect(await createSessionStore({ store, ...options }).length()).toBe(2);
  });

  test('ttlMs: Infinity keeps them for ever', async () => {
    const store = await openStore(engine);
    await callsOf(createSessionStore({ store, ttlMs: Infinity })).set(
      'a',
      newSession({}, newCookie()),
    );
    expect(await timeLeft(store)).toEqual([Infinity]);
  });

  test('stores with the same prefix share sessions; others see nothing of them', async () => {
    const store = await openStore(engine);
    const mine = callsOf(createSessionStore({ store, prefix: 'mine' }));
    const same = callsOf(createSessionStore({ store, prefix: 'mine' }));
    const other = callsOf(createSessionStore({ store, prefix: 'other' }));
    await store.set('visits', 7);
    await mine.set('a', newSession({ n: 1 }));
    await other.set('a', newSession({ n: 2 }));
    expect(await same.get('a')).toMatchObject({ n: 1 });
    expect(await other.length()).toBe(1);
    await same.clear();
    expect(await mine.get('a')).toBeFalsy();
    expect(await other.get('a')).toMatchObject({ n: 2 });
    expect(await store.get('visits')).toBe(7);
  });

  test('a touch that races with destroy brings no session back, nor a part of it', async () => {
    const store = await openStore(engine);
    const [here, there] = [createSessionStore({ store }), createSessionStore({ store })].map(
      callsOf,
    );
    if (!here || !there) throw new Error('unreachable');
    for (let round = 0; round < 100; round++) {
      const id = `round ${round}`;
      await here.set(id, newSession());
      const touching = () => here.touch(id, newSession({}, newCookie({ maxAge: 10 * MINUTE })));
      const calls = [touching, () => there.destroy(id), touching];
      if (round % 2) calls.reverse();
      await Promise.all(calls.map((call) => call()));
      expect(await there.get(id)).toBeFalsy();
    }
    expect(await keysOf(store)).toEqual([]);
  });

  test('touches that race with a set take back none of its data', async () => {
    const store = await openStore(engine);
    const calls = callsOf(createSessionStore({ store }));
    const old = newSession({ n: -1 });
    await calls.set('raced', old);
    for (let n = 0; n < 100; n++) {
      await Promise.all([
        calls.touch('raced', old),
        calls.set('raced', newSession({ n })),
        calls.touch('raced', old),
      ]);
      expect(await calls.get('raced')).toMatchObject({ n });
    }
  });

  test('ids are those of all sessions, as connect-redis gives them', async () => {
    const sessions = createSessionStore({ store: await openStore(engine) });
    const calls = callsOf(sessions);
    const ids = () =>
      new Promise<string[]>((resolve, reject) =>
        sessions.ids((error, found) => (error ? reject(error) : resolve(found ?? []))),
      );
    expect(await ids()).toEqual([]);
    const made = IDS.map(([, id]) => id);
    for (const id of made) await calls.set(id, newSession());
    await calls.set('ended', newSession({}, newCookie({ expires: new Date(Date.now() - 1) })));
    expect((await ids()).sort()).toEqual([...made].sort());
    await calls.destroy('__proto__');
    expect(await ids()).not.toContain('__proto__');
    await calls.clear();
    expect(await ids()).toEqual([]);
  });

  test('no key of the store holds a session id', async () => {
    const store = await openStore(engine);
    const calls = callsOf(createSessionStore({ store }));
    const id = randomUUID();
    await calls.set(id, newSession());
    await calls.touch(id, newSession());
    const keys = await keysOf(store);
    expect(keys).toHaveLength(1);
    for (const key of keys) expect(key).not.toContain(id);
  });

  test('errors of the store go to the callback, once, and name no session id', async () => {
    const store = await openStore(engine);
    const sessions = createSessionStore({ store });
    const calls = callsOf(sessions);
    const id = randomUUID();
    await calls.set(id, newSession());
    await store.close();
    const each: Record<string, () => Promise<unknown>> = {
      get: () => calls.get(id),
      set: () => calls.set(id, newSession()),
      touch: () => calls.touch(id, newSession()),
      destroy: () => calls.destroy(id),
      load: () => calls.load(id),
      all: () => calls.all(),
      length: () => calls.length(),
      clear: () => calls.clear(),
      ids: () =>
        new Promise((resolve, reject) =>
          sessions.ids((error, found) => (error ? reject(error) : resolve(found))),
        ),
    };
    for (const [name, call] of Object.entries(each)) {
      const error = await call().then(
        () => expect.unreachable(name),
        (reason: unknown) => reason,
      );
      expect(error, name).toMatchObject({ code: 'MUSTER_STORE_CLOSED' });
      expect(inspect(error, { depth: null, showHidden: true }), name).not.toContain(id);
    }
    // Nobody hears of these, and nothing comes of that.
    sessions.destroy(id);
    sessions.set(id, newSession());
    sessions.touch(id, newSession());
  });

  test('a session over the limit of the store is an error that names no session id', async () => {
    const store = await openStore(engine);
    const calls = callsOf(createSessionStore({ store }));
    const id = randomUUID();
    await calls.set(id, newSession({ n: 1 }));
    const error = await calls
      .set(id, newSession({ text: 'x'.repeat(17 * 1024 ** 2) }))
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'MUSTER_VALUE_TOO_LARGE' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(id);
    expect(await calls.get(id)).toMatchObject({ n: 1 });
  });

  test.each<[what: string, value: unknown, cause: unknown]>([
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['text', 'text', undefined],
    ['an array', [], undefined],
    ['a cycle', cyclic(), TypeError],
    ['a BigInt', newSession({ n: 1n }), TypeError],
    ['a toJSON that throws', newSession({ a: { toJSON: thrower } }), RangeError],
  ])(
    'a session that is or holds %s is refused, and the one before it stays',
    async (_, value, cause) => {
      const calls = callsOf(createSessionStore({ store: await openStore(engine) }));
      await calls.set('kept', newSession({ n: 1 }));
      const error = await calls.set('kept', value as SessionData).catch((e) => e);
      expect(error).toBeInstanceOf(InvalidSessionError);
      expect(error).toMatchObject({ code: 'MUSTER_INVALID_SESSION' });
      if (cause) expect(error.cause).toBeInstanceOf(cause);
      expect(await calls.get('kept')).toMatchObject({ n: 1 });
    },
  );

  test('what is no session is not found, and reported once', async () => {
    const store = await openStore(engine);
    const calls = callsOf(createSessionStore({ store }));
    const view = store.namespace('session');
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on('warning', listener);
    onTestFinished(() => void process.off('warning', listener));
    await calls.set('spoiled', newSession());
    const [key = ''] = await keysOf(store);
    const written = (await view.get(key)) as { v: string; s: object };
    await calls.set('sound', newSession());
    for (const value of [
      7,
      null,
      'text',
      [],
      {},
      { ...written, v: undefined },
      { ...written, s: undefined },
      { ...written, s: { ...written.s, data: [] } },
      { ...written, s: { ...written.s, id: 7 } },
      { ...written, end: 'never' },
      Object.fromEntries(Object.entries(written).reverse()),
      { ...written, e: 'sealed' },
    ]) {
      await calls.set('spoiled', newSession());
      await view.set(key, value);
      expect(await calls.get('spoiled'), JSON.stringify(value)).toBeFalsy();
      expect(Object.keys((await calls.all()) ?? {})).toEqual(['sound']);
      await calls.touch('spoiled', newSession({}, newCookie({ maxAge: 10 * MINUTE })));
    }
    await calls.set('spoiled', newSession({ n: 1 }));
    expect(await calls.get('spoiled')).toMatchObject({ n: 1 });
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatchObject({ name: 'MusterWarning', code: 'MUSTER_CORRUPT_SESSION' });
    expect(warnings[0]?.message).not.toContain('spoiled');
  });
});

test('what no store wrote is not found, and a new session can take its place', async () => {
  const options = await emptyStore('redis');
  const store = createSharedStore(options);
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(async () => {
    redis.disconnect();
    await store.close();
  });
  const calls = callsOf(createSessionStore({ store }));
  await calls.set('spoiled', newSession({ n: 1 }));
  const keys = await redis.keys(`${options.keyPrefix}session:*`);
  expect(keys).toHaveLength(1);
  const [key = ''] = keys;
  const foreign = [
    () => redis.set(key, 'foreign'),
    () => redis.set(key, '{"cut'),
    () => redis.del(key).then(() => redis.rpush(key, 'a list')),
    () => redis.del(key).then(() => redis.hset(key, 'a', 'hash')),
  ];
  for (const spoil of foreign) {
    await spoil();
    expect(await calls.get('spoiled')).toBeFalsy();
    expect(await calls.all()).toEqual({});
    await calls.set('spoiled', newSession({ n: 2 }));
    expect(await calls.get('spoiled')).toMatchObject({ n: 2 });
  }
});

test('an option that cannot be is refused at once', async () => {
  const store = await openStore('embedded');
  for (const ttlMs of [0, -1, Number.NaN, '1000' as unknown as number]) {
    expect(() => createSessionStore({ store, ttlMs })).toThrow(InvalidOptionError);
  }
  for (const touchAfterMs of [-1, Number.NaN, '1' as unknown as number]) {
    expect(() => createSessionStore({ store, touchAfterMs })).toThrow(InvalidOptionError);
  }
  for (const options of [
    { onUnavailable: 'ignore' },
    { conflict: 'merge' },
    { userId: 'id' },
    { secrets: 'short' },
    { secrets: [] },
    { format: 'json' },
    { format: { from: 'MemoryStore' } },
    { format: 'connect-redis' },
    { format: { from: 'connect-redis' } },
  ]) {
    const given = { store, ...options } as SessionStoreOptions<SessionData>;
    expect(() => createSessionStore(given), JSON.stringify(options)).toThrow(InvalidOptionError);
  }
  for (const prefix of ['', ':', 'x'.repeat(129)]) {
    expect(() => createSessionStore({ store, prefix })).toThrow(InvalidOptionError);
  }
  const redis = createSharedStore({ url: 'redis://127.0.0.1:1' });
  for (const prefix of ['a:b', 'a:b:', 'a%']) {
    expect(() => createSessionStore({ store, prefix })).not.toThrow();
    const format = { from: 'connect-redis', prefix } as const;
    for (const options of [{ format }, { format: 'connect-redis', prefix } as const]) {
      expect(() => createSessionStore({ store: redis, ...options })).toThrow(/without "%"/);
    }
  }
  await redis.close();
  expect(() => createSessionStore({ store, ttlMs: undefined, prefix: undefined })).not.toThrow();
});

test('close leaves a store that was given to its owner', async () => {
  const store = await openStore('embedded');
  const sessions = createSessionStore({ store });
  await sessions.close();
  await callsOf(sessions).set('a', newSession());
  expect(await callsOf(sessions).length()).toBe(1);
});

function cyclic(): SessionData {
  const session = newSession() as SessionData & { self?: unknown };
  session.self = session;
  return session;
}

function thrower(): never {
  throw new RangeError('toJSON failed');
}
