// Hono in a cluster: one session on all workers. The same middleware serves any framework that has none of its own.
// @ts-check
import { serve } from '@hono/node-server';
import { startCluster } from '@muster/core';
import { createSessions } from '@muster/session';
import { Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/** @typedef {{ name: string, visits: number, files: Record<string, { size: number }> }} Data */
/** @typedef {{ Variables: { session: import('@muster/session').Session<Data> } }} Env */

const COOKIE = 'sid';

await startCluster(() => {
  /** @type {import('@muster/session').Sessions<Data>} */
  const sessions = createSessions({ ttlMs: 24 * 3_600_000 });
  /** @type {Hono<Env>} */
  const app = new Hono();

  app.use(async (c, next) => {
    const session = await sessions.load(getCookie(c, COOKIE));
    c.set('session', session);
    await next();
    if (session.isNew && Object.keys(session.data).length === 0) return;
    if (!(await session.save())) return void deleteCookie(c, COOKIE);
    const expires = new Date(session.expiresAt);
    setCookie(c, COOKIE, session.id, { httpOnly: true, sameSite: 'Lax', expires });
  });

  app.post('/login/:name', async (c) => {
    const session = c.get('session');
    // A new id at login: one that was planted before is worth nothing after it.
    await session.regenerate();
    Object.assign(session.data, { name: c.req.param('name'), visits: 0 });
    return c.json({ name: c.req.param('name') });
  });

  app.get('/me', (c) => {
    const { data } = c.get('session');
    if (!data.name) return c.json({ error: 'not logged in' }, 401);
    data.visits = (data.visits ?? 0) + 1;
    return c.json({ name: data.name, visits: data.visits, process: process.pid });
  });

  app.post('/files/:name', async (c) => {
    const { data } = c.get('session');
    const { byteLength: size } = await c.req.arrayBuffer();
    data.files ??= {};
    data.files[c.req.param('name')] = { size };
    return c.json({ size });
  });

  app.get('/files', (c) => c.json(c.get('session').data.files ?? {}));

  app.post('/logout', async (c) => {
    await c.get('session').destroy();
    return c.json({});
  });

  serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' });
});
