// The session stores that are compared, each with nothing else of ours around it.
// @ts-check
import { createRequire } from 'node:module';
import { createSessionStore } from '@muster/session/express';
import { createSharedStore } from '@muster/store';

/** express, express-session, connect-redis and its client are those of the session package. */
export const load = createRequire(
  new URL('../../../packages/session/package.json', import.meta.url),
);

/** What the bench needs of express-session's. @typedef {import('node:events').EventEmitter & Record<'get' | 'set' | 'touch' | 'createSession', (...args: any[]) => any>} Store */
/** @typedef {'MemoryStore' | 'connect-redis' | 'embedded' | 'redis'} Kind */

/**
 * @param {Kind} kind
 * @param {{ redisUrl: string, folder: string }} where
 * @returns {Promise<{ store: Store, close: () => Promise<unknown> }>}
 */
export async function openSessionStore(kind, { redisUrl, folder }) {
  if (kind === 'MemoryStore') {
    const { MemoryStore } = load('express-session');
    return { store: new MemoryStore(), close: async () => {} };
  }
  if (kind === 'connect-redis') {
    const { RedisStore } = load('connect-redis');
    const client = await load('redis').createClient({ url: redisUrl }).connect();
    return { store: new RedisStore({ client }), close: () => client.close() };
  }
  const shared = createSharedStore({ url: kind === 'redis' ? redisUrl : `lmdb:${folder}` });
  await shared.ready();
  return {
    store: /** @type {Store} */ (/** @type {unknown} */ (createSessionStore({ store: shared }))),
    close: () => shared.close(),
  };
}
