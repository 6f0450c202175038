// The app of the cluster tests on fastify 5.
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { createSessionStore } from '@muster/session/fastify';
import Fastify from 'fastify';
import { apply, fieldsOf, meet, userOf } from './edit.js';

/** @typedef {import('./edit.js').Edit} Edit */

export const FASTIFY_SECRET = 'a secret of the tests, 32 characters long at least';

/**
 * @param {import('@muster/session/fastify').SessionStoreOptions} options
 * @param {{ maxAge?: number }} [variant]
 */
export async function fastifyApp(options, { maxAge = 60_000 } = {}) {
  const store = createSessionStore({
    .../** @type {object} */ (options),
    userId: (data) => userOf({ ...data }),
  });
  const app = Fastify({ forceCloseConnections: true });
  app.register(fastifyCookie);
  app.register(fastifySession, {
    secret: FASTIFY_SECRET,
    store,
    saveUninitialized: false,
    cookie: { secure: false, maxAge },
  });
  app.post('/login/:name', async (request) => {
    await request.session.regenerate();
    const { name } = /** @type {{ name: string }} */ (request.params);
    apply(request.session, { set: { user: name } });
    return { pid: process.pid };
  });
  app.get('/me', async (request, reply) => {
    const fields = fieldsOf(request.session);
    return fields.user ? { ...fields, pid: process.pid } : reply.code(401).send({ has: true });
  });
  app.get('/go/:name', async (request, reply) => {
    const { name } = /** @type {{ name: string }} */ (request.params);
    apply(request.session, { set: { user: name } });
    return reply.redirect('/me', 303);
  });
  app.post('/edit', async (request) => {
    const edit = /** @type {Edit} */ (request.body);
    await meet(edit);
    apply(request.session, edit);
    if (edit.save) await request.session.save();
    apply(request.session, { set: edit.after ?? {} });
    return {};
  });
  app.post('/logout', async (request) => {
    await request.session.destroy();
    return {};
  });
  app.get('/sessions/:user', async (request) =>
    store.sessionsOf(/** @type {{ user: string }} */ (request.params).user),
  );
  app.post('/revoke/:user', async (request) => {
    const { keepMine } = /** @type {{ keepMine?: boolean }} */ (request.body);
    const { user } = /** @type {{ user: string }} */ (request.params);
    const except = keepMine ? request.session.sessionId : undefined;
    return { revoked: await store.revokeUser(user, { except }) };
  });
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode = 500, code, message, fields } = /** @type {any} */ (error);
    return reply.code(statusCode).send({ code, message, fields });
  });
  return app;
}
