// What every adapter keeps, a case each.
import assert from 'node:assert/strict';
import type { Session } from '../sessions.js';
import { type Case, savingBy } from './case.js';
import type { SetCookie } from './client.js';

interface Visits {
  n?: number;
}

/** Counts in the session, and gives the count. */
function count({ data }: Session): number {
  const visits = data as Visits;
  visits.n = (visits.n ?? 0) + 1;
  return visits.n;
}

/** The id that a response gave to its client, which has to be in the cookie as it is or with a signature. */
function assertHasId({ value }: SetCookie, { id }: Session): void {
  assert.ok(decodeURIComponent(value).includes(id), 'the cookie has the id of the session');
}

function assertTakenAway(cookie: SetCookie | undefined): void {
  assert.ok(cookie, 'the response takes the cookie away');
  assert.ok(cookie.ends.to < Date.now(), 'the cookie that the response sets has ended');
}

/** What browsers send that no adapter has set. */
const STRANGE_VALUES = ['nobody-has-this', '', '__proto__', '%E0%A4%A', '"a"', 'x'.repeat(8_000)];

export const cases: Readonly<Record<string, Case>> = {
  'a new session that is left empty is not stored, and gets no cookie': {
    paths: { '/': () => 'nothing' },
    async run({ client, count }) {
      const { body, cookie } = await client().get('/');
      assert.deepEqual({ body, cookie }, { body: 'nothing', cookie: undefined });
      assert.equal(await count(), 0);
    },
  },

  'what a request keeps is there for the next one with its cookie, and for no other': {
    paths: { '/': count },
    async run({ client }) {
      const browser = client();
      for (const visit of [1, 2, 3]) assert.equal((await browser.get('/')).body, visit);
      assert.equal((await client().get('/')).body, 1);
    },
  },

  'the cookie is for all paths, not for scripts, and not for other sites': {
    paths: { '/deep/in/the/app': count },
    async run({ client }) {
      const { cookie } = await client().get('/deep/in/the/app');
      assert.equal(cookie?.attributes.path, '/');
      assert.equal(cookie?.attributes.httponly, '');
      assert.match(cookie?.attributes.samesite ?? 'none', /^(lax|strict)$/i);
    },
  },

  'the cookie ends when the session does, also once a later request has moved that': (() => {
    let session: Session;
    const paths = {
      '/': (given: Session) => {
        session = given;
        return count(given);
      },
    };
    return {
      options: { touchAfterMs: 0 },
      paths,
      async run({ client }) {
        const browser = client();
        for (const visit of [1, 2]) {
          const { body, cookie } = await browser.get('/');
          assert.equal(body, visit);
          assert.ok(cookie, `response ${visit} sets the cookie`);
          assertHasId(cookie, session);
          const { from, to } = cookie.ends;
          assert.ok(
            from <= session.expiresAt && session.expiresAt <= to + 1_000,
            `the cookie ends between ${from} and ${to}, and the session at ${session.expiresAt}`,
          );
        }
      },
    } satisfies Case;
  })(),

  'a cookie that leads to no session gives a new one, under an id of its own': {
    paths: { '/': count },
    async run({ client }) {
      const name = (await client().get('/')).cookie?.name;
      for (const value of STRANGE_VALUES) {
        const { status, body, cookie } = await client(`${name}=${value}`).get('/');
        assert.deepEqual({ status, body }, { status: 200, body: 1 }, value);
        assert.ok(cookie && cookie.value !== value, value);
      }
    },
  },

  'a session with a new id is found by that, and not by the old one': {
    paths: {
      '/': count,
      '/login': async (session) => {
        await session.regenerate();
        return count(session);
      },
    },
    async run({ client }) {
      const browser = client();
      await browser.get('/');
      const planted = client(browser.cookie);
      assert.equal((await browser.get('/login')).body, 2);
      assert.notEqual(browser.cookie, planted.cookie);
      assert.equal((await browser.get('/')).body, 3);
      assert.equal((await planted.get('/')).body, 1);
    },
  },

  'a session that a request destroys is gone, and its cookie as well': {
    paths: { '/': count, '/logout': (session) => session.destroy() },
    async run({ client }) {
      const browser = client();
      await browser.get('/');
      const { cookie } = browser;
      assertTakenAway((await browser.get('/logout')).cookie);
      assert.equal((await client(cookie).get('/')).body, 1);
    },
  },

  'a session that is destroyed while a request uses it does not come back': {
    paths: {
      '/': count,
      '/slow': async (session, sessions) => {
        await sessions.destroy(session.id);
        return count(session);
      },
    },
    async run({ client, count }) {
      const browser = client();
      await browser.get('/');
      assertTakenAway((await browser.get('/slow')).cookie);
      assert.equal(await count(), 0);
    },
  },

  'requests at the same time all keep what they changed': (() => {
    const release: (() => void)[] = [];
    /** Settles once both requests have loaded the session. */
    const both = () =>
      new Promise<void>((resolve) => {
        release.push(resolve);
        if (release.length === 2) for (const end of release.splice(0)) end();
      });
    const keep = (name: string) => async (session: Session) => {
      await both();
      session.data[name] = true;
    };
    return {
      paths: { '/': count, '/a': keep('a'), '/b': keep('b'), '/all': ({ data }) => data },
      async run({ client }) {
        const browser = client();
        await browser.get('/');
        await Promise.all(['/a', '/b'].map((path) => client(browser.cookie).get(path)));
        assert.deepEqual((await browser.get('/all')).body, { n: 1, a: true, b: true });
      },
    } satisfies Case;
  })(),

  'the response comes once the session is saved': (() => {
    let isSaved = false;
    return {
      paths: { '/': count, '/meanwhile': () => undefined },
      wrap: (sessions, client) => {
        let saves = 0;
        return savingBy(sessions, async (session) => {
          saves += 1;
          if (saves > 1) return session.save();
          // So long that a response which does not wait is there first.
          for (let n = 0; n < 10; n++) await client().get('/meanwhile');
          const isThere = await session.save();
          isSaved = true;
          return isThere;
        });
      },
      async run({ client }) {
        isSaved = false;
        await client().get('/');
        assert.ok(isSaved, 'the response came before the session was saved');
      },
    } satisfies Case;
  })(),

  'a save that fails is an error of the response, which sets no cookie': {
    paths: { '/': count },
    wrap: (sessions) => savingBy(sessions, () => Promise.reject(new Error('not saved'))),
    async run({ client }) {
      const { status, cookie } = await client().get('/');
      assert.ok(status >= 400, `the status was ${status}`);
      assert.equal(cookie, undefined);
    },
  },

  'while the store is away, a request gets an error': {
    paths: { '/': count },
    wrap: (sessions) => ({ ...sessions, load: () => Promise.reject(new Error('away')) }),
    async run({ client }) {
      const { status } = await client('sid=any').get('/');
      assert.ok(status >= 400, `the status was ${status}`);
    },
  },
};
