// What every worker of the demo runs: an Express app whose state lives outside of it.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createBus, createSharedStore, onDrain, worker } from '@muster/core';
import { createSessionStore } from '@muster/session/express';
import express from 'express';
import session from 'express-session';
import { badRequest, requireText } from './input.js';
import { createEventStreams } from './streams.js';

const store = createSharedStore();
const bus = createBus();
const streams = createEventStreams();
const me = { slot: worker.slot, pid: process.pid };

/** @type {(import('@muster/core').WorkerInfo & { machine: string })[]} */
let workers = [];
// directory.js tells who is there; a worker that has just started may be asked before it was told.
const told = new Promise((resolve) => {
  bus.on('workers', (list) => {
    workers = /** @type {typeof workers} */ (list);
    streams.send('workers', workers);
    resolve(undefined);
  });
});
for (const topic of ['say', 'visit']) bus.on(topic, (payload) => streams.send(topic, payload));
bus.on('crash', crash);
onDrain(streams.end);

const app = express();
app.disable('x-powered-by');
app.use(express.static(join(import.meta.dirname, 'public')));
app.use('/api', express.json({ limit: '16kb' }));
app.use(
  '/api',
  session({
    name: 'muster-demo',
    secret: await sharedSecret(),
    store: createSessionStore({ store }),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 7 * 24 * 3_600_000 },
  }),
);

app.get('/api/visit', async (_req, res) => {
  const visits = await store.increment('visits');
  bus.broadcast('visit', { visits, slot: worker.slot }, { self: true });
  res.json({ visits, ...me });
});

app.post('/api/login', (req, res, next) => {
  const name = requireText(req.body, 'name', 40);
  // A new session id at login: one that was planted before is worth nothing after it.
  req.session.regenerate((error) => {
    if (error) return next(error);
    Object.assign(req.session, { name, requests: 0 });
    req.session.save((failure) =>
      failure ? next(failure) : res.json({ name, slot: worker.slot }),
    );
  });
});

app.get('/api/me', (req, res) => {
  if (!req.session.name) return void res.status(401).json({ error: 'You are not logged in.' });
  req.session.requests = (req.session.requests ?? 0) + 1;
  res.json({ name: req.session.name, requests: req.session.requests, slot: worker.slot });
});

app.post('/api/logout', (req, res, next) => {
  req.session.destroy((error) =>
    error ? next(error) : res.clearCookie('muster-demo').json({ ok: true }),
  );
});

app.post('/api/say', (req, res) => {
  const text = requireText(req.body, 'text', 280);
  const line = { name: req.session.name ?? 'someone', text, slot: worker.slot, at: Date.now() };
  bus.broadcast('say', line, { self: true });
  res.status(202).json(line);
});

app.get('/api/events', async (req, res) => {
  if (req.method === 'HEAD') return void res.end();
  await told;
  // The stream ends with this worker.
  res.set('x-worker', String(worker.slot));
  streams.open(res, 'workers', workers);
});

app.get('/api/workers', async (_req, res) => {
  await told;
  res.json({ engine: store.engine, answeredBy: worker.slot, workers });
});

app.post('/api/crash', async (req, res) => {
  await told;
  const given = Array.isArray(req.body) ? { slot: null } : (req.body ?? {});
  const { slot = worker.slot, machine = bus.self.machine } = given;
  if (!workers.some((one) => one.slot === slot && one.machine === machine)) {
    throw badRequest('`slot` must be the number of a worker.');
  }
  res.status(202).json({ slot });
  res.once('finish', () => {
    if (slot === worker.slot && machine === bus.self.machine) crash();
    else bus.broadcast('crash', null, { to: { machine, slot } });
  });
});

app.use('/api', (_req, res) => void res.status(404).json({ error: 'There is no such address.' }));
app.use(answerError);

// On this machine only: anyone who reaches the page may crash a worker. HOST opens it, as in a container.
createServer(app).listen(Number(process.env.PORT), process.env.HOST || '127.0.0.1');

/** Signs the session cookies; kept in the store, so that every worker and every restart has the same. */
async function sharedSecret() {
  await store.set('session-secret', randomBytes(32).toString('hex'), { ifAbsent: true });
  return String(await store.get('session-secret'));
}

/** As hard as it gets: no handler runs, nothing is closed. */
function crash() {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * @param {Error & { status?: number, code?: string }} error
 * @param {express.Request} _req
 * @param {express.Response} res
 * @param {express.NextFunction} next
 */
function answerError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? (String(error.code).startsWith('MUSTER_STORE') ? 503 : 500);
  if (status >= 500) console.error(error);
  res
    .status(status)
    .json({ error: status >= 500 ? 'The demo failed; its output says why.' : error.message });
}
