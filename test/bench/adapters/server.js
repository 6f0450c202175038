// An express app behind a limiter that refuses nothing: the same for every store. argv: which store, and where, as JSON.
// Sends its port.
// @ts-check
import { load, openLimiter } from './stores.js';

const [kind = '', where = ''] = process.argv.slice(2);
const { store, close } = await openLimiter(
  /** @type {import('./stores.js').Limiter} */ (kind),
  JSON.parse(where),
);
const express = load('express');
const { rateLimit } = load('express-rate-limit');

const app = express();
app.use(rateLimit({ windowMs: 3_600_000, limit: 1e9, store }));
/** @typedef {import('node:http').ServerResponse} Response */
// The load client of the bench of sessions wants a cookie.
app.get('/login', (/** @type {unknown} */ _, /** @type {Response} */ res) => {
  res.setHeader('Set-Cookie', 'any=thing').end();
});
app.get('/me', (/** @type {unknown} */ _, /** @type {Response} */ res) => void res.end('hello'));

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
