// The suite of adapters: one that keeps the contract passes it, and each fault is found by the test that is for it.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Session, Sessions } from '@muster/session';
import { type Handle, sessionAdapterConformance } from '@muster/session/testing';
import { describe, expect, test } from 'vitest';

/** What an adapter does at each of its steps. */
interface Steps {
  idIn(header: string | undefined): string | undefined;
  isLeftOut(session: Session): boolean;
  save(session: Session): Promise<boolean>;
  cookieOf(session: Session, isThere: boolean): string | undefined;
  statusOf(error: unknown): number;
  attributes: string;
}

const right: Steps = {
  idIn: (header) => /sid=([^;]*)/.exec(header ?? '')?.[1],
  isLeftOut: ({ isNew, data }) => isNew && Object.keys(data).length === 0,
  save: (session) => session.save(),
  cookieOf({ id, expiresAt }, isThere) {
    const maxAge = isThere ? Math.floor((expiresAt - Date.now()) / 1_000) : 0;
    return `sid=${isThere ? id : ''}; Max-Age=${maxAge}`;
  },
  statusOf: () => 500,
  attributes: 'Path=/; HttpOnly; SameSite=Strict',
};

function adapter(steps: Steps, sessions: Sessions, handle: Handle): RequestListener {
  return async (req, res) => {
    let body: unknown;
    try {
      const session = await sessions.load(steps.idIn(req.headers.cookie));
      body = await handle(session, req.url ?? '');
      if (!steps.isLeftOut(session)) {
        const cookie = steps.cookieOf(session, await steps.save(session));
        if (cookie) res.setHeader('set-cookie', `${cookie}; ${steps.attributes}`);
      }
    } catch (error) {
      res.statusCode = steps.statusOf(error);
    }
    res.end(JSON.stringify(body ?? null));
  };
}

const suiteOf = (steps: Steps) =>
  sessionAdapterConformance({
    async serve(sessions, handle) {
      const server = createServer(adapter(steps, sessions, handle));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => new Promise((done) => server.close(done).closeAllConnections()),
      };
    },
  });

describe('an adapter that keeps the contract', () => {
  test.each(suiteOf(right))('$name', ({ run }) => run());
});

const faults: [fault: string, steps: Partial<Steps>, foundBy: string][] = [
  ['stores every session', { isLeftOut: () => false }, 'a new session that is left empty'],
  ['reads no cookie', { idIn: () => undefined }, 'what a request keeps'],
  ['tells scripts', { attributes: 'Path=/; SameSite=Lax' }, 'the cookie is for all paths'],
  ['tells other sites', { attributes: 'Path=/; HttpOnly' }, 'the cookie is for all paths'],
  ['forgets other paths', { attributes: 'HttpOnly; SameSite=Lax' }, 'the cookie is for all paths'],
  ['lets the cookie end', { cookieOf: ({ id }) => `sid=${id}; Max-Age=60` }, 'the cookie ends'],
  ['takes no cookie away', { cookieOf: (session) => right.cookieOf(session, true) }, 'destroys'],
  [
    'does not look what became of it',
    { save: (session) => session.save().then(() => true) },
    'destroyed while a request uses it',
  ],
  [
    'does not wait for the save',
    {
      async save(session) {
        void session.save();
        return true;
      },
    },
    'the response comes once',
  ],
  [
    'hides a save that failed',
    { save: (session) => session.save().catch(() => true) },
    'a save that fails',
  ],
  ['hides its errors', { statusOf: () => 200 }, 'while the store is away'],
];

test.each(faults)('an adapter that %s is found', async (_, fault, foundBy) => {
  const found = suiteOf({ ...right, ...fault }).find(({ name }) => name.includes(foundBy));
  await expect(found?.run()).rejects.toThrow();
});
