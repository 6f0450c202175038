// Calls without a callback give promises, and a callback that is no function is refused.
import { createSessionStore as createExpressStore } from '@muster/session/express';
import { createSessionStore as createFastifyStore } from '@muster/session/fastify';
import { InvalidOptionError, type SharedStore } from '@muster/store';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { newCookie, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

const MINUTE = 60_000;

/** A store of fastify is called as one of express is, but for the type of its sessions. */
type Create = (options: { store: SharedStore }) => Pick<Store, 'get' | 'set' | 'destroy'>;
type Store = ReturnType<typeof createExpressStore>;
const frameworks: [name: string, create: Create][] = [
  ['express', createExpressStore],
  ['fastify', createFastifyStore as unknown as Create],
];

describe.each(engines)('%s', (engine) => {
  test('express: every call can be awaited', async () => {
    const sessions = createExpressStore({ store: await openStore(engine) });
    expect(await sessions.get('a')).toBeUndefined();
    await sessions.set('a', newSession({ user: 'ada' }));
    expect(await sessions.get('a')).toMatchObject({ user: 'ada' });
    const cookie = newCookie({ maxAge: 10 * MINUTE });
    await sessions.touch('a', newSession({}, cookie));
    expect((await sessions.get('a'))?.cookie.expires).toBe(cookie.expires?.toISOString());
    await sessions.set('b', newSession());
    const all = await sessions.all();
    expect(all.map(({ id }) => id).sort()).toEqual(['a', 'b']);
    expect(all.find(({ id }) => id === 'a')).toMatchObject({ id: 'a', user: 'ada' });
    expect((await sessions.ids()).sort()).toEqual(['a', 'b']);
    expect(await sessions.length()).toBe(2);
    await sessions.destroy('a');
    expect(await sessions.get('a')).toBeUndefined();
    await sessions.clear();
    expect(await sessions.length()).toBe(0);
  });

  test('fastify: every call can be awaited', async () => {
    const sessions = createFastifyStore({ store: await openStore(engine) });
    expect(await sessions.get('a')).toBeNull();
    await sessions.set('a', newSession({ user: 'ada' }) as never);
    expect(await sessions.get('a')).toMatchObject({ user: 'ada' });
    await sessions.destroy('a');
    expect(await sessions.get('a')).toBeNull();
  });

  test.each(frameworks)(
    '%s: a failure rejects, and is no unhandled rejection where nobody waits',
    async (_, create) => {
      const unhandled = vi.fn();
      process.on('unhandledRejection', unhandled);
      onTestFinished(() => void process.off('unhandledRejection', unhandled));
      const store = await openStore(engine);
      const sessions = create({ store });
      await store.close();
      const closed = { code: 'MUSTER_STORE_CLOSED' };
      void sessions.destroy('a');
      await expect(sessions.get('a')).rejects.toMatchObject(closed);
      await expect(sessions.destroy('a')).rejects.toMatchObject(closed);
      await expect(sessions.set('a', newSession())).rejects.toMatchObject(closed);
      expect(unhandled).not.toHaveBeenCalled();
    },
  );

  test.each(frameworks)(
    '%s: with a callback that is no function nothing is done',
    async (_, create) => {
      const sessions = create({ store: await openStore(engine) });
      await sessions.set('a', newSession());
      for (const callback of [5_000, 'done', { ttl: 5 }, [], true]) {
        await expect(sessions.destroy('a', callback as never)).rejects.toBeInstanceOf(
          InvalidOptionError,
        );
      }
      expect(await sessions.get('a')).toBeTruthy();
      // As several stores of Redis are called.
      await sessions.destroy('a', null as never);
      expect(await sessions.get('a')).toBeFalsy();
    },
  );
});
