// Libraries that use a store by themselves, and save objects of their own: express-openid-connect's appSession, to the call.
import { createSessionStore } from '@muster/session/express';
import { createSessionStore as createKoaStore } from '@muster/session/koa';
import type { SharedStore } from '@muster/store';
import type { SessionData } from 'express-session';
import { beforeEach, describe, expect, test } from 'vitest';
import { engines, openStore } from './support/stores.js';

interface Tokens {
  access_token: string;
  refresh_token?: string;
  cart?: string[];
}

const MINUTE = 60_000;

describe.each(engines)('%s', (engine) => {
  let shared: SharedStore;
  let store: ReturnType<typeof createSessionStore>;

  beforeEach(async () => {
    shared = await openStore(engine);
    store = createSessionStore({ store: shared });
  });

  const load = async (id: string) =>
    ((await store.get(id)) as unknown as { data: Tokens } | undefined)?.data;

  /** With a header and a cookie of its own each time; what it loaded is `data`. */
  const save = (id: string, data: Tokens | undefined) =>
    store.set(id, {
      header: { iat: 1, uat: Date.now(), exp: 2 },
      data,
      cookie: { expires: Date.now() + MINUTE, maxAge: MINUTE },
    } as unknown as SessionData);

  test('a request that was under way does not undo a logout', async () => {
    await save('a', { access_token: 'one' });
    const slow = await load('a');
    await store.destroy('a');
    await save('a', slow);
    expect(await store.get('a')).toBeUndefined();
    // A login makes tokens of its own.
    await save('a', { access_token: 'two' });
    expect(await load('a')).toEqual({ access_token: 'two' });
  });

  test('a request that was under way does not roll a refreshed token back', async () => {
    await save('a', { access_token: 'one', refresh_token: 'first' });
    const [slow, refreshing] = await Promise.all([load('a'), load('a')]);
    Object.assign(refreshing ?? {}, { access_token: 'two', refresh_token: 'second' });
    await save('a', refreshing);
    Object.assign(slow ?? {}, { cart: ['tea'] });
    await save('a', slow);
    expect(await load('a')).toEqual({
      access_token: 'two',
      refresh_token: 'second',
      cart: ['tea'],
    });
  });

  test('a copy of a session that was loaded is told against it, too', async () => {
    await store.set('a', { cookie: { originalMaxAge: MINUTE }, n: 0, m: 0 } as never);
    const [one, two] = await Promise.all([store.get('a'), store.get('a')]);
    await store.set('a', { ...one, n: 1 } as never);
    await store.set('a', { ...two, m: 1 } as never);
    expect(await store.get('a')).toMatchObject({ n: 1, m: 1 });
  });

  test('what was made of nothing that was loaded replaces what is there', async () => {
    await store.set('a', { cookie: {}, n: 0 } as never);
    await store.get('a');
    await store.set('a', { cookie: {}, m: 1 } as never);
    expect(await store.get('a')).toEqual({ cookie: {}, m: 1 });
    const parts = { tokens: {} };
    await store.set('b', { cookie: {}, ...parts } as never);
    const { tokens } = (await store.get('b')) as unknown as typeof parts;
    // Of another session.
    await store.set('a', { cookie: {}, tokens } as never);
    expect(await store.get('a')).toEqual({ cookie: {}, tokens: {} });
  });

  test('koa: also without the context of a request', async () => {
    const koa = createKoaStore({ store: shared, prefix: 'koa' });
    await koa.set('a', { n: 0 }, MINUTE);
    const [one, two] = await Promise.all([koa.get('a'), koa.get('a')]);
    await koa.set('a', Object.assign(one ?? {}, { n: 1 }), MINUTE);
    await koa.destroy('a');
    await koa.set('a', Object.assign(two ?? {}, { m: 1 }), MINUTE);
    expect(await koa.get('a')).toBeUndefined();
  });
});
