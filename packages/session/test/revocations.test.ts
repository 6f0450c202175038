// Who ends sessions ends them under whichever id they have: also of those that get a new one at that moment.
import { createSessions, type Session } from '@muster/session';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines, newStore } from './support/stores.js';

interface Data {
  user?: string;
  n?: number;
}

const userId = ({ user }: Partial<Data>) => user;
/** Each order of two calls with each of three cases. */
const ROUNDS = 6;
const SEALED = { secrets: 'x'.repeat(32) };

describe.each(engines)('%s', (engine) => {
  let opened: Awaited<ReturnType<typeof newStore>>;
  let store: SharedStore;
  let count = 0;

  beforeAll(async () => {
    opened = await newStore(engine);
    store = createSharedStore(opened.options);
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  describe.each([
    ['no grace', 0, {}],
    ['grace', 60_000, {}],
    ['grace that is over at once, sealed', 1, SEALED],
  ] as const)('%s', (_name, graceMs, options) => {
    const open = () =>
      createSessions<Data>({ store, userId, prefix: JSON.stringify(options), ...options });

    const newUser = () => `user ${count++}`;

    async function login(sessions = open(), user = newUser()): Promise<Session<Data>> {
      const session = await sessions.load();
      session.data.user = user;
      await session.save();
      return session;
    }

    const isLoggedIn = async ({ id }: { id: string }) => !(await open().load(id)).isNew;

    test('a session that gets a new id meanwhile does not outlive its revocation', async () => {
      const [here, there] = [open(), open()];
      for (let round = 0; round < ROUNDS; round++) {
        const user = newUser();
        const all = await Promise.all([0, 1].map(() => login(here, user)));
        const [one] = all;
        const same = one ? await there.load(one.id) : undefined;
        const rotations = () =>
          Promise.all([
            ...all.map((session) => session.regenerate({ graceMs })),
            // Again and again: it has to be found wherever it is.
            same?.regenerate({ graceMs }).then(() => same.regenerate({ graceMs })),
          ]);
        const calls: (() => Promise<unknown>)[] = [() => there.revokeUser(user), rotations];
        if (round % 2) calls.reverse();
        const running = [];
        for (const call of calls) {
          running.push(call());
          for (let turn = 0; turn < round % 4; turn++) await new Promise(setImmediate);
        }
        expect(await Promise.all(running)).toContain(all.length);
        const left = await Promise.all([...all, same].map((each) => here.load(each?.id)));
        expect(left.filter(({ data }) => data.user !== undefined)).toEqual([]);
        expect(await here.sessionsOf(user)).toEqual([]);
        // And who logs in afterwards is logged in.
        expect(await isLoggedIn(await login(here, user))).toBe(true);
      }
    });

    test('the excepted one stays, by its old id as by its new one, and while it gets that', async () => {
      const [here, there] = [open(), open()];
      for (let round = 0; round < ROUNDS; round++) {
        const mine = await login(here);
        const { id: except } = mine;
        const { user = '' } = mine.data;
        const other = await login(here, user);
        if (round % 3 === 0) await mine.regenerate({ graceMs });
        await Promise.all([
          there.revokeUser(user, { except }),
          round % 3 && mine.regenerate({ graceMs }),
        ]);
        expect([await isLoggedIn(mine), await isLoggedIn(other)]).toEqual([true, false]);
        // It is as mortal as before.
        expect(await here.revokeUser(user)).toBe(1);
        expect(await isLoggedIn(mine)).toBe(false);
      }
    });

    test('a logout by what was loaded before a new id ends it', async () => {
      const sessions = open();
      for (let round = 0; round < ROUNDS; round++) {
        const session = await login(sessions);
        const earlier = await open().load(session.id);
        if (round % 3 === 0) await session.regenerate({ graceMs });
        const calls = [() => earlier.destroy(), () => session.regenerate({ graceMs })];
        if (round % 2) calls.reverse();
        await Promise.all(calls.map((call) => call()));
        expect(await isLoggedIn(session)).toBe(false);
      }
    });
  });

  test.each([{}, SEALED])(
    'without grace the old id leads nowhere, and what was loaded by it is gone',
    async (options) => {
      const open = () =>
        createSessions<Data>({ store, prefix: 'old ids', userId, touchAfterMs: 0, ...options });
      const sessions = open();
      const session = await sessions.load();
      session.data.user = 'ada';
      await session.save();
      const { id } = session;
      const load = () => open().load(id);
      const [saving, rotating, touching] = await Promise.all([load(), load(), load()]);
      await session.regenerate();
      expect((await load()).isNew).toBe(true);
      saving.data.n = 1;
      expect(await saving.save()).toBe(false);
      await rotating.regenerate();
      expect(rotating.isNew).toBe(true);
      await expect.poll(() => Date.now()).toBeGreaterThan(touching.expiresAt - 86_400_000);
      expect(await touching.touch()).toBe(false);
      expect((await sessions.load(session.id)).data).toEqual({ user: 'ada' });
    },
  );
});
