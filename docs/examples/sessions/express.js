// express 5 in a cluster: one session on all workers, and a user's sessions listed and ended.
// @ts-check
import { createSharedStore, startCluster } from '@muster/core';
import { createSessionStore } from '@muster/session/express';
import express from 'express';
import session from 'express-session';

await startCluster(() => {
  const sessions = createSessionStore({
    store: createSharedStore(),
    userId: (data) => data.name,
    onUnavailable: 'fail',
  });
  const app = express();
  app.use(
    session({
      secret: process.env.SESSION_SECRET ?? 'only for this example',
      store: sessions,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', maxAge: 24 * 3_600_000 },
    }),
  );

  app.post('/login/:name', (req, res, next) => {
    // A new id at login: one that was planted before is worth nothing after it.
    req.session.regenerate((error) => {
      if (error) return next(error);
      Object.assign(req.session, { name: req.params.name, visits: 0 });
      res.json({ name: req.params.name });
    });
  });

  app.get('/me', (req, res) => {
    if (!req.session.name) return void res.status(401).json({ error: 'not logged in' });
    req.session.visits = (req.session.visits ?? 0) + 1;
    res.json({ name: req.session.name, visits: req.session.visits, process: process.pid });
  });

  app.get('/devices', async (req, res) => {
    const found = await sessions.sessionsOf(req.session.name ?? '');
    // Never the ids: who knows one is logged in.
    res.json(found.map(({ createdAt, lastSeenAt }) => ({ createdAt, lastSeenAt })));
  });

  app.post('/logout-others', async (req, res) => {
    const ended = await sessions.revokeUser(req.session.name ?? '', { except: req.sessionID });
    res.json({ ended });
  });

  app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
});
