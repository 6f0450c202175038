// What does and does not compile. `tsc -p tsconfig.test.json` checks it.
import { createSessionStore as createExpressStore } from '@muster/session/express';
import { createSessionStore as createFastifyStore } from '@muster/session/fastify';
import { createSessionStore as createKoaStore, type UserSession } from '@muster/session/koa';
import type { SessionData, Store } from 'express-session';
import { expectTypeOf, test } from 'vitest';

const declared = (..._: unknown[]) => {};

test('express: sessions are those that the app declares', () => {
  declared(() => {
    const store = createExpressStore({
      userId(session) {
        expectTypeOf(session).toEqualTypeOf<SessionData>();
        expectTypeOf(session.visits).toEqualTypeOf<number | undefined>();
        return session.user;
      },
    });
    expectTypeOf(store).toExtend<Store>();
    expectTypeOf(store.sessionsOf('ada')).resolves.toEqualTypeOf<UserSession<SessionData>[]>();
    expectTypeOf(store.revokeUser).parameter(0).toBeString();
    // @ts-expect-error: not in SessionData
    createExpressStore({ userId: ({ nobody }) => nobody });
    // @ts-expect-error: no such policy
    createExpressStore({ onUnavailable: 'ignore' });
    // @ts-expect-error: not a number of milliseconds
    createExpressStore({ ttlMs: '1h' });
    // @ts-expect-error: no such option
    createExpressStore({ maxAge: 1 });
  });
});

test('fastify and koa: the same options, and sessions of their own', () => {
  declared(() => {
    // @ts-expect-error: a user is named by text
    createFastifyStore({ userId: () => 7 });
    // @ts-expect-error: no such policy
    createKoaStore({ conflict: 'merge' });
    const store = createKoaStore({ userId: (session) => String(session.user) });
    expectTypeOf(store.sessionsOf('ada')).resolves.toEqualTypeOf<UserSession[]>();
  });
});
