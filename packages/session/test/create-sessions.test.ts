// The API for every framework: a handle that is loaded, changed and saved.
import { createSessions, type Session, type Sessions } from '@muster/session';
import { createSessionStore } from '@muster/session/express';
import type { SharedStore } from '@muster/store';
import type { SessionData } from 'express-session';
import { beforeEach, describe, expect, test } from 'vitest';
import { COOKIE_IDS } from './support/hostile.js';
import { callsOf, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

interface Data {
  user: string;
  n: number;
  files: Record<string, number>;
}

const HOUR = 3_600_000;

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;
  let sessions: Sessions<Data>;

  beforeEach(async () => {
    store = await openStore(engine);
    sessions = createSessions<Data>({ store, userId: ({ user }) => user });
  });

  /** Saved with this in it. */
  async function saved(data: Partial<Data> = {}): Promise<Session<Data>> {
    const session = await sessions.load();
    Object.assign(session.data, data);
    expect(await session.save()).toBe(true);
    return session;
  }

  const keysOf = async () => {
    const keys = new Set<string>();
    for await (const key of store.namespace('session').keys({ prefix: 's:' })) keys.add(key);
    return keys.size;
  };

  test('a new session is one once it is saved, under an id of its own', async () => {
    const [one, two] = await Promise.all([sessions.load(), sessions.load(undefined)]);
    expect(one).toMatchObject({ isNew: true, data: {}, id: expect.stringMatching(/^[\w-]{32}$/) });
    expect(one.id).not.toBe(two.id);
    expect(await keysOf()).toBe(0);
    one.data.user = 'ada';
    expect(await one.save()).toBe(true);
    expect(one.isNew).toBe(false);
    const found = await sessions.load(one.id);
    expect(found).toMatchObject({ id: one.id, isNew: false, data: { user: 'ada' } });
    expect(Math.abs(found.expiresAt - Date.now() - 24 * HOUR)).toBeLessThan(HOUR);
  });

  test.each([['unknown', 'nobody-has-this'], ...COOKIE_IDS])(
    'an id that is %s leads to a new session under another id',
    async (_, id) => {
      const session = await sessions.load(id);
      expect(session.isNew).toBe(true);
      expect(session.id).not.toBe(id);
      await session.save();
      expect((await sessions.load(id)).isNew).toBe(true);
    },
  );

  test('of 20 requests at once, all keep what they changed', async () => {
    const { id } = await saved();
    const all = await Promise.all(Array.from({ length: 20 }, () => sessions.load(id)));
    await Promise.all(
      all.map((session, n) => {
        session.data.files ??= {};
        session.data.files[`file-${n}`] = n;
        return session.save();
      }),
    );
    expect(Object.keys((await sessions.load(id)).data.files ?? {})).toHaveLength(20);
  });

  test('one that is destroyed is gone for all who have it, and stays so', async () => {
    const { id } = await saved({ user: 'ada' });
    const [here, there] = await Promise.all([sessions.load(id), sessions.load(id)]);
    await there.destroy();
    here.data.n = 1;
    expect(await here.save()).toBe(false);
    expect(await here.touch()).toBe(false);
    expect(await there.save()).toBe(false);
    expect(await keysOf()).toBe(0);
    const other = await saved();
    await sessions.destroy(other.id);
    expect((await sessions.load(other.id)).isNew).toBe(true);
  });

  test('a new id keeps what is in it, and what others save under it meanwhile', async () => {
    const { id } = await saved({ user: 'ada' });
    const [here, there] = await Promise.all([sessions.load(id), sessions.load(id)]);
    there.data.n = 7;
    await there.save();
    here.data.files = { a: 1 };
    await here.regenerate();
    expect(here.id).not.toBe(id);
    expect((await sessions.load(id)).isNew).toBe(true);
    const found = await sessions.load(here.id);
    expect(found.data).toEqual({ user: 'ada', n: 7, files: { a: 1 } });
    here.data.n = 8;
    await here.save();
    expect((await sessions.load(here.id)).data).toEqual({ user: 'ada', n: 8, files: { a: 1 } });
    const [one, ...more] = await sessions.sessionsOf('ada');
    expect(more).toEqual([]);
    expect(one).toMatchObject({ id: here.id, session: { user: 'ada', n: 8 } });
  });

  test('a first login is saved by its new id alone; without data there is nothing to save', async () => {
    const fresh = await sessions.load();
    const { id } = fresh;
    await fresh.regenerate();
    expect(fresh).toMatchObject({ isNew: true, data: {} });
    expect(await keysOf()).toBe(0);
    fresh.data.user = 'ada';
    await fresh.regenerate();
    expect(fresh).toMatchObject({ isNew: false, data: { user: 'ada' } });
    expect(fresh.id).not.toBe(id);
    expect(await sessions.load(fresh.id)).toMatchObject({ isNew: false, data: { user: 'ada' } });
    expect(await keysOf()).toBe(1);
  });

  test('of one that is gone a new id makes an empty one', async () => {
    const fresh = await saved({ user: 'ada' });
    const other = await sessions.load(fresh.id);
    await sessions.destroy(fresh.id);
    await other.regenerate();
    expect(other).toMatchObject({ isNew: true, data: {} });
    expect(other.id).not.toBe(fresh.id);
    expect(await keysOf()).toBe(0);
  });

  test('a new id that is refused for a conflict leaves one session', async () => {
    const strict = createSessions<Data>({ store, conflict: 'reject', userId: ({ user }) => user });
    const session = await strict.load();
    session.data.user = 'ada';
    await session.save();
    const other = await strict.load(session.id);
    session.data.n = 1;
    await session.save();
    other.data.n = 2;
    await expect(other.regenerate()).rejects.toMatchObject({ code: 'MUSTER_SESSION_CONFLICT' });
    expect(await strict.sessionsOf('ada')).toMatchObject([{ id: session.id, session: { n: 1 } }]);
    expect(await keysOf()).toBe(1);
  });

  test('with graceMs, requests that are under way with the old id are of the same session', async () => {
    const { id } = await saved({ user: 'ada' });
    const [rotating, under, alsoRotating] = await Promise.all([
      sessions.load(id),
      sessions.load(id),
      sessions.load(id),
    ]);
    await rotating.regenerate({ graceMs: HOUR });
    under.data.files = { under: 1 };
    expect(await under.save()).toBe(true);
    expect(under.id).toBe(rotating.id);
    expect(await alsoRotating.touch()).toBe(true);
    alsoRotating.data.n = 1;
    await alsoRotating.regenerate({ graceMs: HOUR });
    await alsoRotating.save();
    expect(alsoRotating.id).toBe(rotating.id);

    const late = await sessions.load(id);
    expect(late).toMatchObject({ id: rotating.id, isNew: false });
    expect(late.data).toEqual({ user: 'ada', n: 1, files: { under: 1 } });
    late.data.n = 2;
    await late.save();
    expect((await sessions.load(rotating.id)).data.n).toBe(2);
    await late.regenerate({ graceMs: HOUR });
    expect((await sessions.load(id)).id).toBe(late.id);
    expect(await sessions.sessionsOf('ada')).toHaveLength(1);

    // A logout with the oldest of its ids is a logout.
    await sessions.destroy(id);
    for (const each of [id, rotating.id, late.id]) {
      expect((await sessions.load(each)).isNew).toBe(true);
    }
  });

  test('20 requests that give it a new id at once end up with one session, and none is logged out', async () => {
    const { id } = await saved({ user: 'ada' });
    const all = await Promise.all(Array.from({ length: 20 }, () => sessions.load(id)));
    await Promise.all(
      all.map(async (session, n) => {
        await session.regenerate({ graceMs: HOUR });
        session.data.files ??= {};
        session.data.files[`file-${n}`] = n;
        expect(await session.save()).toBe(true);
      }),
    );
    expect(new Set(all.map((session) => session.id)).size).toBe(1);
    const found = await sessions.load(id);
    expect(Object.keys(found.data.files ?? {})).toHaveLength(20);
    expect(await sessions.sessionsOf('ada')).toHaveLength(1);
  });

  test('a user who is revoked is so with every id that the session had', async () => {
    const session = await saved({ user: 'ada' });
    const { id } = session;
    await session.regenerate({ graceMs: HOUR });
    expect(await sessions.revokeUser('ada')).toBe(1);
    expect((await sessions.load(id)).isNew).toBe(true);
    session.data.n = 1;
    expect(await session.save()).toBe(false);
  });

  test('the old id leads to it for graceMs, and no longer', async () => {
    const session = await saved({ user: 'ada' });
    const { id } = session;
    await session.regenerate({ graceMs: 40 });
    await expect.poll(async () => (await sessions.load(id)).isNew, { interval: 5 }).toBe(true);
    expect((await sessions.load(session.id)).data).toEqual({ user: 'ada' });
  });

  test('sealed, the way from the old id to the new one is sealed, too', async () => {
    const sealed = createSessions<Data>({ store, prefix: 'sealed', secrets: 'x'.repeat(32) });
    const session = await sealed.load();
    await session.save();
    const { id } = session;
    await session.regenerate({ graceMs: HOUR });
    expect((await sealed.load(id)).id).toBe(session.id);
    const view = store.namespace('sealed');
    for await (const key of view.keys()) {
      expect(JSON.stringify(await view.get(key))).not.toContain(session.id);
      const stored = (await view.get(key)) as Record<string, unknown>;
      const { p, v = p, ...rest } = stored;
      // Neither is a session a way to another one, nor the other way round.
      await view.set(key, 'p' in stored ? { ...rest, v } : { ...rest, p: v });
    }
    expect((await sealed.load(id)).isNew).toBe(true);
    expect((await sealed.load(session.id)).isNew).toBe(true);
  });

  test('a request that changed nothing saves nothing, and its end is moved where that is due', async () => {
    const short = createSessions<Data>({ store, ttlMs: HOUR, touchAfterMs: 0 });
    const session = await short.load();
    await session.save();
    const first = await short.load(session.id);
    await expect.poll(() => Date.now() + HOUR > first.expiresAt + 5).toBe(true);
    expect(await first.touch()).toBe(true);
    expect((await short.load(session.id)).expiresAt).toBeGreaterThan(session.expiresAt);
  });

  test('sessions of express are the same ones: their cookie, and its end, stay as they are', async () => {
    const calls = callsOf(createSessionStore({ store }));
    await calls.set('of express', newSession({ n: 1 }));
    const cookie = (await calls.get('of express'))?.cookie;
    const session = await sessions.load('of express');
    expect(session.data).toEqual({ n: 1 });
    expect(session.expiresAt).toBe(new Date(cookie?.expires ?? 0).getTime());
    session.data.n = 2;
    await session.save();
    expect((await calls.get('of express')) as SessionData).toEqual({ n: 2, cookie });
  });
});

test('options and arguments that cannot be are refused', async () => {
  expect(() => createSessions({ ttl: 1 } as never)).toThrow('createSessions() has no option "ttl"');
  const sessions = createSessions({ store: await openStore('embedded') });
  await expect(sessions.load(7 as never)).rejects.toMatchObject({
    code: 'MUSTER_INVALID_OPTION',
  });
  const session = await sessions.load();
  for (const options of [{ graceMs: -1 }, { graceMs: Infinity }, { grace: 5 }, 5]) {
    await expect(session.regenerate(options as never)).rejects.toMatchObject({
      code: 'MUSTER_INVALID_OPTION',
    });
  }
  const given = (target: object, name: string, ...args: unknown[]) =>
    Reflect.get(target, name).apply(target, args) as Promise<unknown>;
  for (const [call, what] of [
    [given(session, 'save', { user: 'ada' }), 'save() was given an object'],
    [given(session, 'save', () => {}), 'it calls nobody back'],
    [given(session, 'touch', 5), 'touch() was given the number 5'],
    [given(session, 'destroy', 'an id'), 'sessions.destroy(id)'],
    [given(session, 'regenerate', {}, 1), 'regenerate() was given the number 1'],
    [given(sessions, 'load', 'a', 'b'), 'load() was given the text "b"'],
    [given(sessions, 'destroy', 'a', 'b'), 'destroy() was given the text "b"'],
    [given(sessions, 'destroy'), 'A session has text as its id, and not undefined'],
    [given(sessions, 'destroy', 5), 'A session has text as its id, and not the number 5'],
  ] as const) {
    await expect(call).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
    await expect(call).rejects.toThrow(what);
  }
  expect(session.isNew).toBe(true);
  expect(() => Object.assign(session, { user: 'ada' })).toThrow(/user.*not extensible/);
});

test('graceMs ends with the session', async () => {
  const store = await openStore('embedded');
  const sessions = createSessions({ store, ttlMs: HOUR });
  const session = await sessions.load();
  await session.save();
  await session.regenerate({ graceMs: Number.MAX_SAFE_INTEGER });
  const ends: number[] = [];
  for await (const [, { end }] of store.namespace<{ end: number }>('session').entries()) {
    ends.push(end);
  }
  expect(ends).toHaveLength(2);
  for (const end of ends) expect(end).toBeLessThanOrEqual(session.expiresAt);
});
