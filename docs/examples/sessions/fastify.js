// fastify 5 in a cluster: one session on all workers.
// @ts-check
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { startCluster } from '@muster/core';
import { createSessionStore } from '@muster/session/fastify';
import Fastify from 'fastify';

await startCluster(async () => {
  const app = Fastify();
  app.register(fastifyCookie);
  app.register(fastifySession, {
    secret: process.env.SESSION_SECRET ?? 'only for this example: 32 characters or more',
    store: createSessionStore(),
    saveUninitialized: false,
    // `secure: false` is for http://, as on your own machine.
    cookie: { secure: false, sameSite: 'lax', maxAge: 24 * 3_600_000 },
  });

  app.post('/login/:name', async (request) => {
    const { name } = /** @type {{ name: string }} */ (request.params);
    await request.session.regenerate();
    Object.assign(request.session, { name, visits: 0 });
    return { name };
  });

  app.get('/me', async (request, reply) => {
    const { session } = request;
    if (!session.name) return reply.code(401).send({ error: 'not logged in' });
    session.visits = (session.visits ?? 0) + 1;
    return { name: session.name, visits: session.visits, process: process.pid };
  });

  app.post('/logout', async (request) => {
    await request.session.destroy();
    return {};
  });

  await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
});
