// What is compared, each with nothing else of ours around it. The libraries are those of the adapters package.
// @ts-check
import { createRequire } from 'node:module';
import { createRateLimitStore } from '@muster/adapters/express-rate-limit';
import { createKeyvStore } from '@muster/adapters/keyv';
import { createSharedStore } from '@muster/store';

export const load = createRequire(
  new URL('../../../packages/adapters/package.json', import.meta.url),
);

/** @typedef {{ redisUrl: string, folder: string }} Where */
/** @typedef {'MemoryStore' | 'rate-limit-redis' | 'embedded' | 'redis'} Limiter */
/** @typedef {{ init(options: object): void, increment(key: string): Promise<unknown> }} LimitStore */
/** @typedef {{ get(key: string): Promise<unknown>, set(key: string, value: unknown): Promise<unknown> }} Keyv */

/**
 * A store of express-rate-limit.
 *
 * @param {Limiter} kind
 * @param {Where} where
 * @returns {Promise<{ store: LimitStore, close: () => Promise<unknown> }>}
 */
export async function openLimiter(kind, where) {
  if (kind === 'MemoryStore') {
    const { MemoryStore } = load('express-rate-limit');
    const store = new MemoryStore();
    return { store, close: async () => store.shutdown() };
  }
  if (kind === 'rate-limit-redis') {
    const client = await load('redis').createClient({ url: where.redisUrl }).connect();
    const { RedisStore } = load('rate-limit-redis');
    const sendCommand = (/** @type {string[]} */ ...args) => client.sendCommand(args);
    return { store: new RedisStore({ sendCommand }), close: () => client.close() };
  }
  const shared = await openShared(kind, where);
  return { store: createRateLimitStore({ store: shared }), close: () => shared.close() };
}

/**
 * @param {'@keyv/redis' | 'embedded' | 'redis'} kind
 * @param {Where} where
 * @returns {Promise<{ keyv: Keyv, close: () => Promise<unknown> }>}
 */
export async function openKeyv(kind, where) {
  const { Keyv } = load('keyv');
  if (kind === '@keyv/redis') {
    const { default: KeyvRedis } = load('@keyv/redis');
    const keyv = new Keyv({ store: new KeyvRedis(where.redisUrl) });
    return { keyv, close: () => keyv.disconnect() };
  }
  const shared = await openShared(kind, where);
  const keyv = new Keyv({ store: createKeyvStore({ store: shared }) });
  return { keyv, close: () => shared.close() };
}

/** @param {'embedded' | 'redis'} kind @param {Where} where */
async function openShared(kind, { redisUrl, folder }) {
  const shared = createSharedStore({ url: kind === 'redis' ? redisUrl : `lmdb:${folder}` });
  await shared.ready();
  return shared;
}
