// The app of the cluster tests on express 5 and 4.
import { createSessionStore } from '@muster/session/express';
import express5 from 'express';
import session from 'express-session';
import express4 from 'express4';
import { apply, fieldsOf, meet, userOf } from './edit.js';

/** @typedef {import('@muster/session/express').SessionStoreOptions<session.SessionData>} Options */

/**
 * @param {Options} options
 * @param {{ isOld?: boolean, maxAge?: number }} [variant]
 * @returns {import('node:http').RequestListener}
 */
export function expressApp(options, { isOld = false, maxAge = 60_000 } = {}) {
  const express = isOld ? express4 : express5;
  const store = createSessionStore({ ...options, userId: (data) => userOf({ ...data }) });
  const app = express();
  app.use(express.json());
  app.use(
    session({
      secret: 'a secret of the tests',
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge },
    }),
  );
  app.post('/login/:name', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.user = req.params.name;
      req.session.save((failure) => (failure ? next(failure) : res.json({ pid: process.pid })));
    });
  });
  app.get('/me', (req, res) => {
    if (!req.session?.user) return void res.status(401).json({ has: req.session !== undefined });
    res.json({ ...fieldsOf(req.session), pid: process.pid });
  });
  app.get('/go/:name', (req, res) => {
    req.session.user = req.params.name;
    res.redirect(303, '/me');
  });
  app.post('/edit', (req, res, next) => {
    meet(req.body)
      .then(() => {
        apply(req.session, req.body);
        if (!req.body.save) return void res.json({});
        req.session.save((error) => {
          if (error) return next(error);
          apply(req.session, { set: req.body.after });
          res.json({});
        });
      })
      .catch(next);
  });
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})));
  });
  app.get('/sessions/:user', (req, res, next) => {
    store.sessionsOf(req.params.user).then((found) => res.json(found), next);
  });
  app.post('/revoke/:user', (req, res, next) => {
    const except = req.body.keepMine ? req.sessionID : undefined;
    store.revokeUser(req.params.user, { except }).then((revoked) => res.json({ revoked }), next);
  });
  app.use(answerError);
  return /** @type {import('node:http').RequestListener} */ (/** @type {unknown} */ (app));
}

/** @type {import('express').ErrorRequestHandler} */
const answerError = (error, _req, res, _next) => {
  if (res.headersSent) return void res.end();
  res
    .status(error.status ?? 500)
    .json({ code: error.code, message: error.message, fields: error.fields });
};
