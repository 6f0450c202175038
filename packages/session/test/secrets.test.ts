// Encryption at rest.
import { randomUUID } from 'node:crypto';
import { createSessionStore, type SessionStoreOptions } from '@muster/session/express';
import type { SharedStore } from '@muster/store';
import { textsOf } from '@muster/store/procedures';
import type { SessionData } from 'express-session';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { callsOf, newCookie, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

const [first, second] = [
  'a secret of the tests, long enough',
  'another secret, as long as it has to be',
];

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;

  beforeEach(async () => {
    store = await openStore(engine);
  });

  const open = (secrets?: string | string[], options: SessionStoreOptions<SessionData> = {}) =>
    callsOf(createSessionStore({ store, secrets, ...options }));

  async function stored(): Promise<Map<string, string>> {
    const view = store.namespace('session');
    const texts = new Map<string, string>();
    for await (const key of view.keys()) texts.set(key, (await textsOf(view).get(key)) ?? '');
    return texts;
  }

  function collectWarnings() {
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on('warning', listener);
    onTestFinished(() => void process.off('warning', listener));
    return warnings;
  }

  test('nothing of a session can be read in the store, and all of it with the secret', async () => {
    const calls = open(first);
    const id = randomUUID();
    const session = newSession({ user: 'ada', note: 'héllo 👩🏽‍🚀 \ud800' });
    await calls.set(id, session);
    for (const text of (await stored()).values()) {
      for (const part of [id, 'ada', 'note', 'cookie', 'path']) expect(text).not.toContain(part);
    }
    expect(JSON.stringify(await calls.get(id))).toBe(JSON.stringify(session));
    expect(Object.keys((await calls.all()) ?? {})).toEqual([id]);
  });

  test('changes are merged, the end moves, and what is gone stays gone, as in the clear', async () => {
    const calls = open(first);
    await calls.set('a', newSession({ kept: 1 }));
    const [one, two] = await Promise.all([calls.load('a'), calls.load('a')]);
    await calls.set('a', Object.assign(one as SessionData, { x: 1 }));
    await calls.set('a', Object.assign(two as SessionData, { y: 1 }));
    expect(await calls.get('a')).toMatchObject({ kept: 1, x: 1, y: 1 });
    const cookie = newCookie({ maxAge: 600_000 });
    await calls.touch('a', newSession({}, cookie));
    expect((await calls.get('a'))?.cookie.expires).toBe(cookie.expires?.toISOString());
    await calls.destroy('a');
    await calls.set('a', two as SessionData);
    expect(await calls.get('a')).toBeFalsy();
  });

  test('secrets are rotated: the first encrypts, all decrypt', async () => {
    await open(first).set('a', newSession({ n: 1 }));
    const both = open([second, first]);
    const session = (await both.load('a')) as SessionData;
    expect(session).toMatchObject({ n: 1 });
    await both.set('a', Object.assign(session, { n: 2 }));
    expect(await open(second).get('a')).toMatchObject({ n: 2 });
    expect(await open(first).get('a')).toBeFalsy();
  });

  test('a secret is changed while processes of before and after run: no session is lost', async () => {
    const [before, between, after] = [open(first), open([first, second]), open([second, first])];
    await expectShared(before, between);
    await expectShared(between, after);
  });

  test('secrets come in while processes without run: no session is lost', async () => {
    const [without, between, after] = [
      open(),
      open(first, { acceptUnsealed: 'write' }),
      open(first, { acceptUnsealed: true }),
    ];
    await expectShared(without, between);
    for (const text of (await stored()).values()) expect(text).toContain('cookie');
    await expectShared(between, after);
  });

  /** Each reads, changes and prolongs what the other has written. */
  async function expectShared(...both: readonly ReturnType<typeof open>[]) {
    for (const [one, two] of [both, both.toReversed()]) {
      const id = randomUUID();
      await one?.set(id, newSession({ user: 'ada' }));
      const session = (await two?.load(id)) as SessionData;
      await two?.set(id, Object.assign(session, { n: 1 }));
      expect(await one?.get(id)).toMatchObject({ user: 'ada', n: 1 });
      const cookie = newCookie({ maxAge: 600_000 });
      await two?.touch(id, newSession({}, cookie));
      expect((await one?.get(id))?.cookie.expires).toBe(cookie.expires?.toISOString());
      await two?.destroy(id);
      expect(await one?.get(id)).toBeFalsy();
    }
  }

  test('sessions that were stored in the clear are refused, and with acceptUnsealed read, and encrypted when they are written', async () => {
    await open().set('a', newSession({ n: 'clear text' }));
    await open().set('b', newSession({ n: 'clear text' }));
    expect(await open(first).get('a')).toBeFalsy();
    expect(await open(first).all()).toEqual({});
    const calls = open(first, { acceptUnsealed: true });
    const cookie = newCookie({ maxAge: 600_000 });
    await calls.touch('b', newSession({ n: 'clear text' }, cookie));
    expect((await open(first).get('b'))?.cookie.expires).toBe(cookie.expires?.toISOString());
    const session = (await calls.load('a')) as SessionData;
    await calls.set('a', Object.assign(session, { more: 1 }));
    expect(await calls.get('a')).toMatchObject({ n: 'clear text', more: 1 });
    for (const text of (await stored()).values()) expect(text).not.toContain('clear text');
  });

  test('who can write to the store can neither make a session, nor move one, nor let it live longer', async () => {
    const warnings = collectWarnings();
    const texts = textsOf(store.namespace('session'));
    const calls = open(first);
    await calls.set('a', newSession({ n: 1 }));
    const [[key = '', old = ''] = []] = await stored();
    const session = (await calls.load('a')) as SessionData;
    await calls.set('a', Object.assign(session, { n: 2 }));
    const now = (await texts.get(key)) ?? '';
    const [was, is] = [old, now].map((text) => JSON.parse(text) as Record<string, string>);
    const later = Date.now() + 10 * 365 * 86_400_000;
    const forged: Record<string, string> = {
      'another end': now.replace(/"end":\d+/, `"end":${later}`),
      'another end behind the first': now.replace(/}$/, `,"end":${later}}`),
      'no end': now.replace(/"end":\d+ */, '"end":null'.padEnd(22)),
      'another time of its last use': now.replace(/"seen":\d+/, `"seen":${later}`),
      'the data of an older version': now.replace(is?.e ?? '', was?.e ?? ''),
      'the name of an older version': now.replace(is?.v ?? '', was?.v ?? ''),
      'no signature': now.replace(is?.m ?? '', ''),
      'the clear text of another process': '',
    };
    await open().set('a', newSession({ n: 'forged' }));
    forged['the clear text of another process'] = (await texts.get(key)) ?? '';
    for (const [what, text] of Object.entries(forged)) {
      expect([old, now], what).not.toContain(text);
      await texts.set(key, text, { forMs: 600_000 });
      expect(await calls.get('a'), what).toBeFalsy();
    }
    await texts.set(key, now, { forMs: 600_000 });
    expect(await calls.get('a')).toMatchObject({ n: 2 });
    const other = open(first, { prefix: 'other' });
    await textsOf(store.namespace('other')).set(key, now, { forMs: 600_000 });
    expect(await other.get('a')).toBeFalsy();
    await vi.waitFor(() => expect(warnings.length).toBeGreaterThan(0));
  });

  test('an older text that is put back whole, and not used, lives no longer than it was to live, whatever the store says', async () => {
    const texts = textsOf(store.namespace('session'));
    const calls = open(first, { ttlMs: 3_000 });
    const session = newSession({ n: 1 }, newCookie());
    await calls.set('a', session);
    const [[key = '', old = ''] = []] = await stored();
    await calls.destroy('a');
    await texts.set(key, old, 'never');
    await vi.waitFor(async () => expect(await calls.get('a')).toBeFalsy(), { timeout: 10_000 });
    expect(await texts.get(key)).toBe(old);
  });

  test('sessions of connect-redis are not sealed, and taken over with acceptUnsealed alone', () => {
    const options = { store, secrets: first, format: { from: 'connect-redis' } } as const;
    expect(() => createSessionStore(options)).toThrow('acceptUnsealed: true');
  });

  test('a text that was changed, cut, or moved from another session is none', async () => {
    const warnings = collectWarnings();
    const calls = open(first);
    const texts = textsOf(store.namespace('session'));
    await calls.set('a', newSession({ n: 1 }));
    await calls.set('b', newSession({ n: 2 }));
    const [[keyA = '', textA = ''] = [], [, textB = ''] = []] = await stored();
    const flipped = `${textA.slice(0, -10)}${textA.at(-10) === 'A' ? 'B' : 'A'}${textA.slice(-9)}`;
    const ids = [textA, textB].map((text) => text.includes('"e"'));
    expect(ids).toEqual([true, true]);
    for (const text of [flipped, textA.slice(0, -8), `${textA.slice(0, -8)}"}`, textB]) {
      await texts.set(keyA, text, { forMs: 60_000 });
      const found = await Promise.all(['a', 'b'].map((id) => calls.get(id)));
      expect(found.filter(Boolean)).toHaveLength(1);
    }
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatchObject({ code: 'MUSTER_CORRUPT_SESSION' });
  });
});
