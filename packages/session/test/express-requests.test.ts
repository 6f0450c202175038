// What requests of express see of each other's sessions: with a new id, and under ids that are alike.
import { createSessionStore, type SessionStore } from '@muster/session/express';
import express from 'express';
import session, { type SessionOptions } from 'express-session';
import { describe, expect, test } from 'vitest';
import { Browser } from './support/browser.js';
import { serve } from './support/serve.js';
import { engines, openStore } from './support/stores.js';

async function startApp(sessions: SessionStore, options: Partial<SessionOptions> = {}) {
  const app = express();
  app.use(
    session({
      secret: 'a secret of the tests',
      store: sessions,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 60_000 },
      ...options,
    }),
  );
  app.get('/set/:user', (req, res) => {
    req.session.user = req.params.user;
    res.redirect(303, '/me');
  });
  app.get(
    '/me',
    (req, res) => void res.json({ user: req.session.user, visits: req.session.visits }),
  );
  app.post('/rotate', async (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    await sessions.regenerate(req, { graceMs: 60_000 });
    res.json({ id: req.sessionID });
  });
  app.post('/rotate-at-once', async (req, res) => {
    await sessions.regenerate(req, {});
    res.json({ id: req.sessionID });
  });
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})));
  });
  app.use(((error, _req, res, _next) => {
    res.status(error.status ?? 500).json({ code: error.code });
  }) as express.ErrorRequestHandler);
  return serve(app);
}

describe.each(engines)('%s', (engine) => {
  test('a new id for the same session: the cookie has it, and the old one leads to it for a while', async () => {
    const url = await startApp(createSessionStore({ store: await openStore(engine) }));
    const browser = new Browser();
    await browser.get(`${url}/set/ada`);
    const tabs = Array.from({ length: 5 }, () => browser.tab());
    const answers = await Promise.all(tabs.map((tab) => tab.post(`${url}/rotate`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    for (const tab of [browser, ...tabs]) {
      expect((await tab.get(`${url}/me`)).body).toMatchObject({ user: 'ada' });
    }
    const last = tabs[0]?.cookies;
    expect(last).not.toBe(browser.cookies);
    // One that comes with the old id, and saves, is told the new one.
    const { cookies } = browser;
    await browser.get(`${url}/set/eve`);
    expect(browser.cookies).not.toBe(cookies);
    for (const tab of tabs)
      expect((await tab.get(`${url}/me`)).body).toMatchObject({ user: 'eve' });
    await tabs[1]?.post(`${url}/logout`);
    for (const tab of [browser, ...tabs]) {
      expect((await tab.get(`${url}/me`)).body).not.toHaveProperty('user');
    }
  });

  test('without graceMs, the old id leads nowhere', async () => {
    const url = await startApp(createSessionStore({ store: await openStore(engine) }));
    const browser = new Browser();
    await browser.get(`${url}/set/ada`);
    const old = browser.tab();
    await browser.post(`${url}/rotate-at-once`);
    expect((await browser.get(`${url}/me`)).body).toMatchObject({ user: 'ada' });
    expect((await old.get(`${url}/me`)).body).not.toHaveProperty('user');
  });

  test('of two new sessions under one id, the second is refused, and the first stays', async () => {
    const sessions = createSessionStore({ store: await openStore(engine) });
    const url = await startApp(sessions, { genid: () => 'made twice' });
    const [one, two] = [new Browser(), new Browser()];
    await one.get(`${url}/set/ada`);
    await two.get(`${url}/set/eve`);
    expect(await sessions.get('made twice')).toMatchObject({ user: 'ada' });
    // The one that is there is saved as before.
    await one.get(`${url}/set/bob`);
    expect((await one.get(`${url}/me`)).body).toMatchObject({ user: 'bob' });
  });
});
