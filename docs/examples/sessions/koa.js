// koa in a cluster: one session on all workers.
// @ts-check
import { startCluster } from '@muster/core';
import { createSessionStore } from '@muster/session/koa';
import Koa from 'koa';
import session from 'koa-session';

await startCluster(() => {
  const app = new Koa();
  app.keys = [process.env.SESSION_SECRET ?? 'only for this example'];
  app.use(session({ store: createSessionStore(), maxAge: 24 * 3_600_000, rolling: true }, app));

  app.use(async (ctx) => {
    const [, call, name] = ctx.path.split('/');
    if (ctx.method === 'POST' && call === 'login') {
      Object.assign(ctx.session, { name, visits: 0 });
      await ctx.session.regenerate();
      ctx.body = { name };
    } else if (ctx.method === 'POST' && call === 'logout') {
      ctx.session = null;
      ctx.body = {};
    } else if (ctx.session.name) {
      ctx.session.visits += 1;
      ctx.body = { name: ctx.session.name, visits: ctx.session.visits, process: process.pid };
    } else {
      ctx.status = 401;
      ctx.body = { error: 'not logged in' };
    }
  });

  app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
});
