// What sessions promise beyond the contracts of the frameworks, over HTTP, in a cluster of two workers. Requests that
// must be under way at the same time wait for each other at a barrier.
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createSharedStore, type SharedStore } from '@muster/store';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { round } from '../../../test/chaos/rounds.js';
import { Barrier } from './support/barrier.js';
import { Browser } from './support/browser.js';
import { Cluster, type FrameworkName, type Worker } from './support/cluster.js';
import { type Engine, engines, newStore } from './support/stores.js';

// An adapter does not see the engine: a short round has each of both once.
const cases = round<[FrameworkName, Engine][]>({
  short: [
    ...engines.map((engine) => ['express', engine] as [FrameworkName, Engine]),
    ['fastify', 'embedded'],
    ['koa', 'redis'],
    ['express4', 'embedded'],
    ['koa-session6', 'redis'],
  ],
  full: (['express', 'fastify', 'koa', 'express4', 'koa-session6'] as const).flatMap((name) =>
    engines.map((engine) => [name, engine] as [FrameworkName, Engine]),
  ),
});

describe.each(cases)('%s on %s', (framework, engine) => {
  let cluster: Cluster;
  let store: SharedStore;
  let one: Worker;
  let two: Worker;
  let browser: Browser;

  beforeAll(async () => {
    const { options, remove } = await newStore(engine);
    store = createSharedStore(options);
    cluster = await Cluster.start(framework, options);
    ({ one, two } = cluster);
    return async () => {
      await cluster.stop();
      await store.close();
      await remove();
    };
  });

  beforeEach(() => {
    browser = new Browser();
  });

  const me = async (worker: Worker) => (await browser.get(`${worker.url}/me`)).body;

  /** In a tab of its own, as a request of the same browser. */
  const edit = (url: string, body: object) => browser.tab().post(`${url}/edit`, body);

  async function sessionsStored(): Promise<number> {
    // A scan of Redis may find a key twice.
    const keys = new Set<string>();
    for await (const key of store.namespace('session').keys({ prefix: 's:' })) keys.add(key);
    return keys.size;
  }

  test('what one worker saved, the other reads at once', async () => {
    const { body: login } = await browser.post(`${one.url}/login/ada`);
    const found = await me(two);
    expect(found).toMatchObject({ user: 'ada' });
    expect(found.pid).not.toBe(login.pid);
    for (let n = 0; n < 8; n++) {
      const [here, there] = n % 2 ? [one, two] : [two, one];
      await browser.post(`${here.url}/edit`, { set: { n }, save: true });
      expect(await me(there)).toMatchObject({ user: 'ada', n });
    }
  });

  test('whoever follows a redirect as soon as it begins finds, on another worker, what has changed', async () => {
    await browser.post(`${one.url}/login/ada`);
    const headers = { cookie: browser.cookies };
    const seen: unknown[] = [];
    for (let n = 0; n < 12; n++) {
      // Resolves with the first bytes of the response.
      const going = get(`${one.url}/go/user-${n}`, { headers });
      const [first] = await once(going, 'response');
      const target = await fetch(`${two.url}${first.headers.location}`, { headers });
      seen.push(((await target.json()) as { user: unknown }).user);
      first.resume();
    }
    expect(seen).toEqual(seen.map((_, n) => `user-${n}`));
  });

  test('two requests at once, on two workers, both keep what they changed', async () => {
    await browser.post(`${one.url}/login/ada`);
    await browser.post(`${one.url}/edit`, { set: { kept: 1, changed: 1, dropped: 1 } });
    const barrier = await Barrier.open();
    const meet = [barrier.url('loaded')];
    await Promise.all([
      edit(one.url, { set: { a: 1, changed: 2 }, meet }),
      edit(two.url, { set: { b: 1 }, drop: ['dropped'], meet }),
    ]);
    const { pid: _, ...found } = await me(one);
    expect(found).toEqual({ user: 'ada', kept: 1, changed: 2, a: 1, b: 1 });
  });

  test('of many at once, none loses what it changed', async () => {
    await browser.post(`${one.url}/login/ada`);
    const barrier = await Barrier.open();
    const meet = [barrier.url('loaded', 12)];
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => {
        const { url } = n % 2 ? one : two;
        return edit(url, { set: { [`field${n}`]: n }, meet, save: n % 3 === 0 });
      }),
    );
    const expected = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`field${n}`, n]));
    expect(await me(two)).toMatchObject(expected);
  });

  test.each([
    ['a field that is there', { files: {} }],
    ['a field that each of them makes', {}],
  ])('of 20 at once that change something in %s, none loses it', async (_, set) => {
    await browser.post(`${one.url}/login/ada`);
    await browser.post(`${one.url}/edit`, { set });
    const barrier = await Barrier.open();
    const meet = [barrier.url('loaded', 20)];
    const names = Array.from({ length: 20 }, (_, n) => `file-${n}`);
    const answers = await Promise.all(
      names.map((name, n) => {
        const put = { path: ['files', name, 'size'], value: n };
        return edit((n % 2 ? one : two).url, { put, meet, save: n % 3 === 0 });
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const files = Object.fromEntries(names.map((name, n) => [name, { size: n }]));
    expect((await me(two)).files).toEqual(files);
  });

  test('a request that saves twice takes nothing back of what others saved before and between', async () => {
    await browser.post(`${one.url}/login/ada`);
    const barrier = await Barrier.open();
    const twice = edit(one.url, {
      set: { a: 1 },
      meet: [barrier.url('loaded'), barrier.url('go')],
      save: true,
      after: { c: 1 },
    });
    await barrier.meet('loaded');
    await edit(two.url, { set: { b: 1 } });
    await barrier.meet('go');
    await twice;
    expect(await me(two)).toMatchObject({ a: 1, b: 1, c: 1 });
  });

  test('two changes of one field: the later save wins', async () => {
    await browser.post(`${one.url}/login/ada`);
    const barrier = await Barrier.open();
    const later = edit(one.url, {
      set: { color: 'red' },
      meet: [barrier.url('loaded'), barrier.url('go')],
    });
    await barrier.meet('loaded');
    await edit(two.url, { set: { color: 'blue' } });
    expect(await me(one)).toMatchObject({ color: 'blue' });
    await barrier.meet('go');
    await later;
    expect(await me(two)).toMatchObject({ color: 'red' });
  });

  test("with conflict: 'reject' the later save is answered with 409, and changes nothing", async () => {
    await browser.post(`${one.url}/login/ada`);
    const barrier = await Barrier.open();
    const later = edit(one.rejecting, {
      set: { color: 'red', size: 1 },
      meet: [barrier.url('loaded'), barrier.url('go')],
      save: true,
    });
    await barrier.meet('loaded');
    await edit(two.rejecting, { set: { color: 'blue' }, save: true });
    await barrier.meet('go');
    const { status, body } = await later;
    expect([status, body.code]).toEqual([409, 'MUSTER_SESSION_CONFLICT']);
    // fastify saves once more with the answer of an error handler, and then gives an answer of its own.
    if (framework !== 'fastify') expect(body.fields).toEqual(['color']);
    const found = await me(two);
    expect(found).toMatchObject({ color: 'blue' });
    expect(found).not.toHaveProperty('size');
    // Whoever changes something else is not in the way.
    const meet = [barrier.url('again')];
    const answers = await Promise.all([
      edit(one.rejecting, { set: { x: 1 }, meet, save: true }),
      edit(two.rejecting, { set: { y: 1 }, meet, save: true }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(await me(one)).toMatchObject({ color: 'blue', x: 1, y: 1 });
  });

  test.each(['logout', 'login/eve'])(
    'a slower request does not bring back what %s ended on another worker',
    async (end) => {
      await browser.post(`${one.url}/login/ada`);
      const before = await sessionsStored();
      const old = browser.tab();
      const barrier = await Barrier.open();
      const meet = [barrier.url('loaded', 3), barrier.url('go', 3)];
      const slow = [
        edit(one.url, { set: { a: 1 }, meet }),
        edit(one.url, { set: { b: 1 }, meet, save: true }),
      ];
      await barrier.meet('loaded', 3);
      await browser.post(`${two.url}/${end}`);
      await barrier.meet('go', 3);
      expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
      for (const { url } of [one, two]) expect((await old.get(`${url}/me`)).status).toBe(401);
      expect(await sessionsStored()).toBe(before - (end === 'logout' ? 1 : 0));
    },
  );

  test("a user's sessions are listed and revoked, on all workers, but for the one that asks", async () => {
    const user = `user-${framework}`;
    const browsers = Array.from({ length: 5 }, () => new Browser());
    for (const [n, each] of browsers.entries()) {
      await each.post(`${(n % 2 ? one : two).url}/login/${user}`);
      await each.post(`${one.url}/edit`, { set: { device: n } });
    }
    const [mine = browser] = browsers;
    const { body } = await mine.get(`${two.url}/sessions/${user}`);
    const listed = body as unknown as { session: { device: number }; expiresAt: number }[];
    expect(listed.map(({ session }) => session.device).sort()).toEqual([0, 1, 2, 3, 4]);
    for (const { expiresAt } of listed) expect(expiresAt).toBeGreaterThan(Date.now());
    const revoked = await mine.post(`${one.url}/revoke/${user}`, { keepMine: true });
    expect(revoked.body).toEqual({ revoked: 4 });
    const answers = await Promise.all(browsers.map((each) => each.get(`${two.url}/me`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401]);
  });

  test('a slower request does not bring back a revoked session', async () => {
    await browser.post(`${one.url}/login/mallory`);
    const barrier = await Barrier.open();
    const meet = [barrier.url('loaded'), barrier.url('go')];
    const slow = edit(one.url, { set: { a: 1 }, meet, save: true });
    await barrier.meet('loaded');
    expect((await new Browser().post(`${two.url}/revoke/mallory`, {})).body).toEqual({
      revoked: 1,
    });
    await barrier.meet('go');
    await slow;
    expect((await browser.get(`${one.url}/me`)).status).toBe(401);
  });

  test('logins and changes that race with a revocation, on both workers: who is there is listed, and nobody else', async () => {
    const user = `racer-${framework}`;
    const workers = [one, two];
    const browsers = Array.from({ length: 8 }, () => new Browser());
    for (let round = 0; round < 2; round++) {
      const early = browsers.slice(0, 4);
      for (const [n, each] of early.entries()) {
        await each.post(`${workers[n % 2]?.url}/login/${user}`);
      }
      const tabs = early.map((each) => each.tab());
      // All that follows meets after it was loaded, and goes on at once.
      const barrier = await Barrier.open();
      const slow = tabs.map((tab, n) =>
        tab.post(`${workers[(n + 1) % 2]?.url}/edit`, {
          set: { n },
          meet: [barrier.url('go', 5)],
          save: n % 2 === 0,
        }),
      );
      await barrier.meet('go', 5);
      const [revoked] = await Promise.all([
        new Browser().post(`${workers[round % 2]?.url}/revoke/${user}`, {}),
        ...browsers.slice(4).map((each, n) => each.post(`${workers[n % 2]?.url}/login/${user}`)),
        ...slow,
      ]);
      expect(revoked?.body.revoked).toBeGreaterThanOrEqual(4);
      for (const tab of tabs) expect((await tab.get(`${two.url}/me`)).status).toBe(401);
      const alive = await Promise.all(browsers.map((each) => each.get(`${one.url}/me`)));
      const listed = await Promise.all(
        workers.map(({ url }) => new Browser().get(`${url}/sessions/${user}`)),
      );
      const count = alive.filter(({ status }) => status === 200).length;
      for (const { body } of listed) expect(body).toHaveLength(count);
      const rest = await new Browser().post(`${two.url}/revoke/${user}`, {});
      expect(rest.body).toEqual({ revoked: count });
    }
  });
});

/** Milliseconds between looks at a list: many while sessions end, and time for the workers to end them. */
const LOOK_MS = 10;

test.each(engines)('sessions that end while both workers list them, on %s', async (engine) => {
  const { options, remove } = await newStore(engine);
  onTestFinished(remove);
  const cluster = await Cluster.start('express', options, { maxAge: 1_500 });
  onTestFinished(() => cluster.stop());
  const workers = [cluster.one, cluster.two];
  let most = 0;
  let areIn = false;
  const watch = async ({ url }: Worker) => {
    for (;;) {
      const isLast = areIn;
      const asked = Date.now();
      const { body } = await new Browser().get(`${url}/sessions/short`);
      const listed = body as unknown as { expiresAt: number }[];
      // Nobody is listed that had ended when it was asked for.
      for (const { expiresAt } of listed) expect(expiresAt).toBeGreaterThan(asked);
      most = Math.max(most, listed.length);
      if (isLast && listed.length === 0) return;
      await pause(LOOK_MS);
    }
  };
  const logIn = async (_: unknown, n: number) => {
    await new Browser().post(`${workers[n % 2]?.url}/login/short`);
  };
  const logins = Promise.all(Array.from({ length: 20 }, logIn)).then(() => {
    areIn = true;
  });
  await Promise.all([logins, ...workers.map(watch)]);
  expect(most).toBeGreaterThan(0);
  const { body } = await new Browser().post(`${cluster.two.url}/revoke/short`, {});
  expect(body).toEqual({ revoked: 0 });
});
