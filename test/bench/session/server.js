// The app under load: the same for every store. argv: which store, and where, as JSON. Sends its port.
// @ts-check
import { load, openSessionStore } from './stores.js';

const [kind = '', where = ''] = process.argv.slice(2);
const { store, close } = await openSessionStore(
  /** @type {import('./stores.js').Kind} */ (kind),
  JSON.parse(where),
);
const express = load('express');
const session = load('express-session');

const app = express();
app.use(
  session({
    secret: 'a secret of the bench',
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 24 * 3_600_000 },
  }),
);
/** @typedef {{ session: Record<string, any> }} Request @typedef {import('node:http').ServerResponse} Response */
app.get('/login', (/** @type {Request} */ req, /** @type {Response} */ res) => {
  // About 1 KB, as sessions are.
  Object.assign(req.session, {
    user: { id: 'u_1234567890', name: 'Ada Lovelace', roles: ['admin', 'editor'] },
    cart: Array.from({ length: 8 }, (_, n) => ({
      sku: `sku-${n}-abcdef`,
      count: n,
      price: n * 9.99,
    })),
    flash: 'x'.repeat(300),
    visits: 0,
  });
  res.end();
});
app.get(
  '/me',
  (/** @type {Request} */ req, /** @type {Response} */ res) => void res.end(req.session.user?.name),
);
app.get('/visit', (/** @type {Request} */ req, /** @type {Response} */ res) => {
  req.session.visits = (req.session.visits ?? 0) + 1;
  res.end(String(req.session.visits));
});

const server = app.listen(0, '127.0.0.1', () => {
  process.send?.(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
});
// Connections wait while it is the turn of others.
server.keepAliveTimeout = 120_000;
process.once('disconnect', async () => {
  server.close();
  server.closeAllConnections();
  await close();
});
