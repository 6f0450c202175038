// What others reported of session stores, tried on ours: each with its issue.
import { createSessions } from '@muster/session';
import { createSessionStore as createKoaStore } from '@muster/session/koa';
import type { SharedStore } from '@muster/store';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { fastifyApp } from './support/apps/fastify.js';
import { Browser } from './support/browser.js';
import { engines, openStore } from './support/stores.js';

const HOUR = 3_600_000;

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;

  beforeEach(async () => {
    store = await openStore(engine);
  });

  test('fastify/session#72: what a handler destroys in the store is not saved again with its response', async () => {
    const app = await fastifyApp({ store });
    onTestFinished(() => app.close());
    app.post('/end', async (request) => {
      const { session, sessionStore } = request as typeof request & {
        sessionStore: { destroy(id: string): Promise<void> };
      };
      await sessionStore.destroy(session.sessionId);
      Object.assign(session, { changed: true });
      return {};
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const browser = new Browser();
    await browser.post(`${url}/login/ada`);
    expect((await browser.get(`${url}/me`)).status).toBe(200);
    expect((await browser.post(`${url}/end`, {})).status).toBe(200);
    expect((await browser.get(`${url}/me`)).status).toBe(401);
  });

  test("koajs/session#199: maxAge 'session' is no number of seconds, and the store says how long it lives", async () => {
    const sessions = createKoaStore({ store, ttlMs: HOUR });
    await sessions.set('a', { n: 1, _session: true }, 'session', { ctx: {} });
    expect(await sessions.get('a', 'session', { ctx: {} })).toEqual({ n: 1, _session: true });
    for await (const key of store.namespace('session').keys({ prefix: 's:' })) {
      expect(await store.namespace('session').ttlMs(key)).toBeLessThanOrEqual(HOUR);
    }
  });

  test('vvo/iron-session#423: one request may save as often as it likes', async () => {
    const sessions = createSessions<Record<string, number>>({ store });
    const session = await sessions.load();
    const saves: Promise<boolean>[] = [];
    for (let n = 0; n < 10; n++) {
      session.data[`n${n}`] = n;
      saves.push(session.save());
    }
    expect(new Set(await Promise.all(saves))).toEqual(new Set([true]));
    expect(Object.keys((await sessions.load(session.id)).data)).toHaveLength(10);
  });

  test('expressjs/session#923, with logouts and revocations among it: what ended stays so, under every id', async () => {
    const [here, there] = [1, 2].map(() =>
      createSessions<{ user: string; n: number }>({ store, userId: ({ user }) => user }),
    );
    if (!here || !there) throw new Error('unreachable');
    for (let round = 0; round < 12; round++) {
      const user = `user-${round}`;
      const session = await here.load();
      session.data.user = user;
      await session.save();
      const { id } = session;
      const ids = new Set([id]);
      const work = Array.from({ length: 6 }, async (_, n) => {
        const held = await (n % 2 ? here : there).load(id);
        for (let step = 0; step < 2 && !held.isNew; step++) {
          held.data.n = n;
          if ((n + step + round) % 3 === 0) await held.save();
          else await held.regenerate({ graceMs: HOUR });
          if (!held.isNew) ids.add(held.id);
        }
      });
      if (round % 3 === 1) work.push(there.destroy(id));
      if (round % 3 === 2) work.push(here.revokeUser(user).then(() => {}));
      await Promise.all(work);
      const left = await Promise.all([...ids].map((each) => here.load(each)));
      const living = new Set(left.filter(({ isNew }) => !isNew).map((each) => each.id));
      expect(living.size).toBe(round % 3 === 0 ? 1 : 0);
      expect(await there.sessionsOf(user)).toHaveLength(living.size);
    }
  });
});
