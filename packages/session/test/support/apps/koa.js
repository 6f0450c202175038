// The app of the cluster tests on koa, with koa-session 7 and 6.
import { createSessionStore } from '@muster/session/koa';
import Koa from 'koa';
import session7 from 'koa-session';
import session6 from 'koa-session6';
import { apply, fieldsOf, meet, userOf } from './edit.js';

export const KOA_KEY = 'a secret of the tests';

/**
 * @param {import('@muster/session/koa').SessionStoreOptions} options
 * @param {{ isOld?: boolean, maxAge?: number }} [variant]
 */
export function koaApp(options, { isOld = false, maxAge = 60_000 } = {}) {
  const store = createSessionStore({ ...options, userId: userOf });
  const app = new Koa();
  app.keys = [KOA_KEY];
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const { status = 500, code, message, fields } = /** @type {any} */ (error);
      ctx.status = status;
      ctx.body = { code, message, fields };
    }
  });
  const session = isOld ? session6 : session7;
  app.use(session({ store, maxAge, rolling: true }, app));
  app.use(async (ctx) => {
    const [, call, name = ''] = ctx.path.split('/');
    const body = ctx.method === 'POST' ? await bodyOf(ctx.req) : {};
    ctx.body = {};
    switch (call) {
      case 'login':
        apply(ctx.session, { set: { user: name } });
        await ctx.session.regenerate();
        ctx.body = { pid: process.pid };
        break;
      case 'me': {
        const fields = fieldsOf(ctx.session);
        ctx.status = fields.user ? 200 : 401;
        ctx.body = fields.user ? { ...fields, pid: process.pid } : { has: true };
        break;
      }
      case 'go':
        apply(ctx.session, { set: { user: name } });
        ctx.redirect('/me');
        break;
      case 'edit':
        await meet(body);
        apply(ctx.session, body);
        if (body.save) await ctx.session.save();
        apply(ctx.session, { set: body.after });
        break;
      case 'logout':
        ctx.session = null;
        break;
      case 'sessions':
        ctx.body = await store.sessionsOf(name);
        break;
      case 'revoke': {
        const except = body.keepMine ? ctx.session.externalKey : undefined;
        ctx.body = { revoked: await store.revokeUser(name, { except }) };
      }
    }
  });
  return app.callback();
}

/** @param {import('node:http').IncomingMessage} req */
async function bodyOf(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}
