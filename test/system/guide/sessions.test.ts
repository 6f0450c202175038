// The examples of docs/guide/sessions.md and of the pages below docs/guide/sessions, run as they are printed there.
import { readFile } from 'node:fs/promises';
import { expect, inject, test, vi } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const guide = await examplesOf('docs/guide/sessions.md', 'js', [
  'app',
  'cluster',
  'store',
  'save',
  'connectRedis',
]);
const logins = await examplesOf('docs/guide/sessions/logins.md', 'js', [
  'login',
  'users',
  'regenerate',
]);
const { sealed } = await examplesOf('docs/guide/sessions/sealed.md', 'js', ['sealed']);
const any = await examplesOf('docs/guide/sessions/any-framework.md', 'js', ['sessions', 'hono']);
const { types } = await examplesOf('docs/guide/sessions.md', 'ts', ['types']);

async function projectWithExpress() {
  const project = await createProject();
  await project.install('express', 'express-session');
  return project;
}

test('an app with sessions, in a cluster, counts the visits of one browser', async () => {
  await using project = await projectWithExpress();
  const port = await freePort();
  await project.write('package.json', '{ "type": "module" }');
  await project.write('app.js', guide.app);
  await using program = await project.run(guide.cluster, { env: { PORT: String(port) } });
  const browser = createClient(port);
  const first = await vi.waitFor(() => browser.get('/'), { timeout: 20_000, interval: 50 });
  expect(first.body).toMatch(/^visit 1, answered by process \d+\n$/);
  for (const visit of [2, 3, 4]) expect((await browser.get('/')).body).toMatch(`visit ${visit},`);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('an app that gives its own store along, saves before it answers, and logs in', async () => {
  await using project = await projectWithExpress();
  const port = await freePort();
  await using _ = await project.run(`
    import { createSharedStore } from '@muster/store';
    import { createSessionStore } from '@muster/session/express';
    import express from 'express';
    import session from 'express-session';
    const app = express();
    ${guide.store}
    app.use(session({ store: sessionStore, secret: 'x', resave: false, saveUninitialized: false }));
    app.use(express.json());
    ${guide.save}
    ${logins.login}
    app.get('/cart', (req, res) => res.json(req.session.cart ?? {}));
    app.get('/', (req, res) => res.json({ user: req.session.user, id: req.session.id }));
    app.listen(${port}, '127.0.0.1');`);
  const browser = createClient(port);
  const empty = await vi.waitFor(() => browser.get('/cart'), { timeout: 20_000, interval: 50 });
  expect(empty.body).toEqual({});
  expect((await browser.post('/cart', { apples: 2 })).body).toEqual({ ok: true });
  expect((await browser.get('/cart')).body).toEqual({ apples: 2 });
  const { body: guest } = await browser.get('/');
  expect((await browser.post('/login')).status).toBe(302);
  const { body: ada } = await browser.get('/');
  expect(ada).toEqual({ user: 'ada', id: expect.any(String) });
  expect(ada.id).not.toBe(guest.id);
});

test('the sessions of a user are found and ended, all or all but one', async () => {
  await using project = await projectWithExpress();
  await using program = await project.run(`
    import { createSessionStore } from '@muster/session/express';
    const req = { sessionID: 'b' };
    const count = (found) => (Array.isArray(found) ? found.length : found);
    ${logins.users.replace(/^(await .*);.*$/gm, 'await save();\nconsole.log(count($1));')}
    console.log((await sessions.sessionsOf('ada')).map(({ id }) => id));
    await sessions.close();
    async function save() {
      const cookie = { originalMaxAge: null, expires: null, toJSON: () => ({}) };
      for (const id of ['a', 'b']) {
        await new Promise((done) => sessions.set(id, { cookie, user: 'ada' }, done));
      }
    }`);
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toBe("2\n2\n1\n[ 'b' ]\n");
});

test('sessions with no framework: loaded, changed, saved, and given a new id', async () => {
  await using project = await createProject();
  await using program = await project.run(`
    ${any.sessions}
    const { id } = session;
    ${logins.regenerate}
    console.log(id !== session.id, (await sessions.load(id)).id === session.id);
    console.log((await sessions.load(session.id)).data, session.expiresAt > Date.now());
    await sessions.close();`);
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toBe("true true\n{ user: 'ada' } true\n");
});

test('a middleware for Hono keeps what it finds in the session, and sets the cookie', async () => {
  await using project = await createProject();
  await project.install('hono');
  await using program = await project.run(`
    ${any.hono}
    app.get('/', (c) => c.text(String((c.get('session').data.visits = (c.get('session').data.visits ?? 0) + 1))));
    const first = await app.request('/');
    const [cookie] = first.headers.get('set-cookie').split(';');
    const second = await app.request('/', { headers: { cookie } });
    console.log(await first.text(), await second.text());
    await sessions.close();`);
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toBe('1 2\n');
});

test('a store seals with a secret, and refuses to do without the one that it should have', async () => {
  await using project = await projectWithExpress();
  await using program = await project.run(`
    import { createSessionStore } from '@muster/session/express';
    for (const key of ['k'.repeat(32), undefined]) {
      delete process.env.SESSION_KEY;
      if (key) process.env.SESSION_KEY = key;
      try {
        ${sealed}
        console.log('sealed');
        await sessions.close();
      } catch (error) {
        console.log(error.code);
      }
    }`);
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toBe('sealed\nMUSTER_INVALID_OPTION\n');
});

test('sessions of connect-redis are taken over, or kept as they are', async () => {
  await using project = await projectWithExpress();
  const made = `
    import { createSharedStore } from '@muster/store';
    import { createSessionStore } from '@muster/session/express';
    ${guide.connectRedis}
    await store.get('nothing');
    await store.close();
    console.log('done');`;
  await using program = await project.run(made, { env: { REDIS_URL: inject('redisUrl') } });
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toBe('done\n');
});

test('what a session holds is told to TypeScript as the examples do it', async () => {
  const file = new URL('../../../docs/examples/sessions/session.d.ts', import.meta.url);
  const checked = (await readFile(file, 'utf8')).replaceAll('    name?: string;\n', '');
  expect(checked.replaceAll('\n\n', '\n')).toContain(types.trim());
});
