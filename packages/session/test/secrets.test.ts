// Encryption at rest.
import { randomUUID } from 'node:crypto';
import { createSessionStore } from '@muster/session/express';
import type { SharedStore } from '@muster/store';
import { textsOf } from '@muster/store/procedures';
import type { SessionData } from 'express-session';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { callsOf, newCookie, newSession } from './support/calls.js';
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

  const open = (secrets?: string | string[]) => callsOf(createSessionStore({ store, secrets }));

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

  test('sessions that were stored in the clear are read, and encrypted when they are saved', async () => {
    await open().set('a', newSession({ n: 'clear text' }));
    const calls = open(first);
    const session = (await calls.load('a')) as SessionData;
    await calls.set('a', Object.assign(session, { more: 1 }));
    expect(await calls.get('a')).toMatchObject({ n: 'clear text', more: 1 });
    for (const text of (await stored()).values()) expect(text).not.toContain('clear text');
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
