import { createSecondaryStorage, type SecondaryStorage } from '@muster/adapters/better-auth';
import { type SecondaryStorage as AuthStorage, betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { engines, openStore } from './support/stores.js';

let names = 0;
const newName = () => `auth-${names++}`;

describe.each(engines)('better-auth on the %s engine', async (engine) => {
  const store = await openStore(engine);
  const open = () => createSecondaryStorage({ store, namespace: newName() });

  it('keeps text, and has null for what is not there', async () => {
    const storage = open();
    expect(await storage.get('a')).toBeNull();
    await storage.set('a', '{"user":"Ada"}');
    expect(await storage.get('a')).toBe('{"user":"Ada"}');
    await storage.set('a', '7', 3_600);
    expect(await storage.get('a')).toBe('7');
    await storage.delete('a');
    await storage.delete('a');
    expect(await storage.get('a')).toBeNull();
  });

  it('forgets it after as many seconds as were said', async () => {
    const storage = open();
    await storage.set('a', 'x', 0.02);
    await storage.set('b', 'x', 0);
    await vi.waitFor(async () => expect(await storage.get('a')).toBeNull());
    expect(await storage.get('b')).toBe('x');
  });

  it('refuses times and keys that are none, and does not keep what has ended', async () => {
    const { set, get, increment } = open();
    await set('a', 'old');
    await set('a', 'x', -1);
    expect(await get('a')).toBeNull();
    const option = { code: 'MUSTER_INVALID_OPTION' };
    for (const ttl of [Number.NaN, 'soon', {}]) {
      await expect(set('a', 'x', ttl as never)).rejects.toMatchObject(option);
      await expect(increment('a', ttl as never)).rejects.toMatchObject(option);
    }
    await expect(increment('a', -1)).rejects.toMatchObject(option);
    expect(await get('a')).toBeNull();
    await set(42 as never, 'x');
    expect(await get('42')).toBe('x');
    await expect(increment(null as never, 1)).rejects.toMatchObject({ code: 'MUSTER_INVALID_KEY' });
  });

  it('gives a value to one of many who take it', async () => {
    const storage = open();
    await storage.set('a', 'once');
    const taken = await Promise.all(Array.from({ length: 50 }, () => storage.getAndDelete('a')));
    expect(taken.filter((it) => it !== null)).toEqual(['once']);
  });

  it('counts each of many calls, in a window that the first one starts', async () => {
    const { increment, get } = open();
    const counts = await Promise.all(Array.from({ length: 50 }, () => increment('a', 3_600)));
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(await get('a')).toBe('50');
    await increment('b', 0.02);
    await vi.waitFor(async () => expect(await get('b')).toBeNull());
  });

  it('has the sessions, the verifications and the limits of an app', async () => {
    const storage = open();
    const database = memoryAdapter({ user: [], session: [], account: [], verification: [] });
    const newAuth = () =>
      betterAuth({
        baseURL: 'http://localhost:3000',
        secret: 'only for this test, and long enough for it',
        database,
        secondaryStorage: storage,
        emailAndPassword: { enabled: true },
        rateLimit: { enabled: true, storage: 'secondary-storage', window: 3_600, max: 3 },
        logger: { disabled: true },
        telemetry: { enabled: false },
      });
    const [one, two] = [newAuth(), newAuth()];
    const { headers, response } = await one.api.signUpEmail({
      body: { email: 'ada@example.com', name: 'Ada', password: 'a long password' },
      returnHeaders: true,
    });
    const cookie = headers.get('set-cookie') ?? '';
    const signedIn = new Headers({ cookie });
    expect((await two.api.getSession({ headers: signedIn }))?.user.id).toBe(response.user.id);
    await two.api.signOut({ headers: signedIn });
    expect(await one.api.getSession({ headers: signedIn })).toBeNull();

    const request = () => new Request('http://localhost:3000/api/auth/get-session');
    const answers = await Promise.all([one, two, one, two, one].map((it) => it.handler(request())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
  });
});

it('is what better-auth takes', () => {
  expectTypeOf<SecondaryStorage>().toExtend<AuthStorage>();
});
