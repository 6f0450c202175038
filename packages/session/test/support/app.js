// An app that uses its session in every way that express-session has. Its own state: none.
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import session from 'express-session';

/** @import { SessionOptions, Store } from 'express-session' */
/** @import { AddressInfo } from 'node:net' */

export const COOKIE = 'app.sid';
export const SECRET = 'a secret of the tests';
export const MINUTE = 60_000;
export const MONTH = 30 * 24 * 60 * MINUTE;

/**
 * @param {Store} store
 * @param {{ session?: Partial<SessionOptions>, pause?: () => Promise<void> }} [options] `pause`: what a slow request
 *   waits for.
 */
export function createApp(store, { session: options = {}, pause = async () => {} } = {}) {
  const app = express();
  app.use(
    session({
      name: COOKIE,
      secret: SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: MINUTE },
      store,
      ...options,
    }),
  );

  app.post('/login/:name', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      Object.assign(req.session, { user: req.params.name, visits: 0 });
      req.session.save((failure) => (failure ? next(failure) : res.json({ pid: process.pid })));
    });
  });
  app.get('/me', (req, res) => {
    const { user, visits, cookie } = req.session;
    if (!user) return void res.status(401).json({ error: 'not logged in' });
    res.json({ user, visits, maxAge: cookie.originalMaxAge, pid: process.pid });
  });
  app.post('/visit', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    res.json({ visits: req.session.visits });
  });
  // Saved before the redirect is sent, so that whoever follows it finds the visit.
  app.post('/visit-and-go', (req, res, next) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    req.session.save((error) => (error ? next(error) : res.redirect(303, String(req.query.to))));
  });
  app.get('/slow', async (req, res) => {
    const { user } = req.session;
    await pause();
    res.json({ user });
  });
  app.get('/reload', (req, res, next) => {
    req.session.visits = -1;
    req.session.reload((error) => (error ? next(error) : res.json({ visits: req.session.visits })));
  });
  // Nothing but the cookie changes: express-session saves nothing then, and calls touch.
  app.post('/remember', (req, res) => {
    req.session.cookie.maxAge = MONTH;
    res.json({});
  });
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})));
  });
  app.post('/unset', (req, res) => {
    delete (/** @type {{ session?: unknown }} */ (req).session);
    res.json({});
  });
  app.use(answerError);
  return app;
}

/** @type {import('express').ErrorRequestHandler} */
const answerError = (error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ code: error.code, message: error.message });
};

/** @param {import('node:http').RequestListener} app */
export async function listen(app) {
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {AddressInfo} */ (server.address());
  return { server, url: `http://127.0.0.1:${port}` };
}
