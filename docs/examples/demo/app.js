// What every worker of the demo runs: an Express app whose state lives outside of it. The page shows the regions of this file.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createBus, createSharedStore, onDrain, worker } from '@muster/core';
import { createSessionStore } from '@muster/session/express';
import express from 'express';
import session from 'express-session';
import { answerError, badRequest, requireText } from './input.js';
import { readRegions } from './regions.js';
import { refuseForeign } from './same-origin.js';
import { createEventStreams } from './streams.js';

const host = process.env.HOST || '127.0.0.1';
const regions = await readRegions(['app.js', 'server.js']);
const store = createSharedStore();
const bus = createBus();
const streams = createEventStreams();
// Asked each time: where two machines of one name meet, one of them is renamed.
const me = () => ({ machine: bus.self.machine, slot: worker.slot, pid: process.pid });

/** @type {import('./directory.js').WorkerEntry[]} */
let workers = [];
// directory.js tells who is there; a worker that has just started may be asked before it was told.
const told = new Promise((resolve) => {
  bus.on('workers', (list) => {
    workers = list;
    streams.send('workers', workers);
    resolve(undefined);
  });
});
/** @type {import('./journal.js').JournalEntry[]} */
let journal = [];
bus.on('journal', (entries) => {
  journal = entries;
  streams.send('journal', journal);
});
for (const topic of ['say', 'visit']) bus.on(topic, (payload) => streams.send(topic, payload));
onDrain(streams.end);

const app = express();
app.disable('x-powered-by');
app.use(refuseForeign(host));
app.use(express.static(join(import.meta.dirname, 'public')));
app.use('/api', express.json({ limit: '16kb' }));

//#region visits
app.post('/api/visit', async (_req, res) => {
  const visits = await store.increment('visits');
  const visit = { visits, ...me() };
  bus.broadcast('visit', visit, { self: true });
  // The browser opens a new connection for its next request,
  // and the cluster gives that one to the next worker.
  res.set('connection', 'close').json(visit);
});
//#endregion

//#region session
const sessions = session({
  name: 'muster-demo',
  secret: await sharedSecret(),
  store: createSessionStore({ store }),
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', maxAge: 7 * 24 * 3_600_000 },
});

app.get('/api/me', sessions, (req, res) => {
  const { name, requests = 0 } = req.session;
  if (!name) return void res.json({ name: null });
  req.session.requests = requests + 1;
  const answer = { name, requests: requests + 1, slot: worker.slot };
  res.set('connection', 'close').json(answer);
});
//#endregion

app.post('/api/login', sessions, (req, res, next) => {
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

app.post('/api/logout', sessions, (req, res, next) => {
  req.session.destroy((error) =>
    error ? next(error) : res.clearCookie('muster-demo').json({ ok: true }),
  );
});

//#region chat
app.post('/api/say', sessions, (req, res) => {
  const text = requireText(req.body, 'text', 280);
  const { name = 'someone' } = req.session;
  const line = { name, text, slot: worker.slot, at: Date.now() };
  // To every worker, and each one to its event streams.
  bus.broadcast('say', line, { self: true });
  res.set('connection', 'close').status(202).json(line);
});
//#endregion

app.get('/api/events', async (req, res) => {
  if (req.method === 'HEAD') return void res.end();
  await told;
  // The stream ends with this worker.
  res.set('x-worker', String(worker.slot));
  streams.open(res, { hello: { ...me(), engine: store.engine, host }, workers, journal });
});

app.get('/api/workers', async (_req, res) => {
  await told;
  res.json({ engine: store.engine, answeredBy: worker.slot, workers });
});

app.get('/api/code', (_req, res) => void res.json(regions));

//#region kill
app.post('/api/kill', async (req, res) => {
  const target = await requireWorker(req.body);
  res.status(202).json(target);
  res.once('finish', () => bus.broadcast('kill', null, { to: target, self: true }));
});

// As hard as it gets: no handler runs, nothing is closed.
bus.on('kill', () => process.kill(process.pid, 'SIGKILL'));
//#endregion

app.post('/api/reload', async (_req, res) => {
  // The primary answers at once: a worker that waited for the end of a reload would keep itself from draining.
  const begun = await bus.request('primary', 'reload', null, { scope: 'machine' });
  if (begun) res.status(202).json({ ok: true });
  else res.status(409).json({ error: 'A reload is running already.' });
});

app.use('/api', (_req, res) => void res.status(404).json({ error: 'There is no such address.' }));
app.use(answerError);

// On this machine only: anyone who reaches the page may kill a worker. HOST opens it, as in a container.
createServer(app).listen(Number(process.env.PORT), host);

/** Signs the session cookies; kept in the store, so that every worker and every restart has the same. */
async function sharedSecret() {
  await store.set('session-secret', randomBytes(32).toString('hex'), { ifAbsent: true });
  return String(await store.get('session-secret'));
}

/**
 * The worker that a body names, by default this one.
 *
 * @param {unknown} body
 */
async function requireWorker(body) {
  await told;
  const own = me();
  const given = Array.isArray(body) ? { ...own, slot: null } : { ...own, ...Object(body) };
  const found = workers.find(
    ({ machine, slot, state }) =>
      state === 'ready' && machine === given.machine && slot === given.slot,
  );
  if (!found) throw badRequest('`slot` must be the number of a worker that serves.');
  return { machine: found.machine, slot: found.slot };
}
