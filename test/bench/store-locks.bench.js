// A lock that nobody else wants, against the way it is done by hand on Redis; and a cache hit against a plain get:
// `pnpm bench store-locks`.
// @ts-check

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';
import { interleaved } from './measure.js';

/** As redlock releases a lock: only where it is still this one's. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

const VALUE = { id: 'u_1234567890', name: 'Ada Lovelace', roles: ['admin', 'editor'] };
/** Long enough that every way is compiled as it is in a process that has run for a while. */
const ROUNDS = { rounds: 41, sampleMs: 20 };
/** Longer than the bench takes. */
const TTL_MS = 3_600_000;

/** @param {import('@muster/store').SharedStore} store */
const lockAndRelease = (store) => async () => {
  const lock = await store.lock('bench');
  await lock.release();
};

/** @param {Redis} client */
function byHand(client) {
  client.defineCommand('releaseLock', { numberOfKeys: 1, lua: RELEASE });
  const release = /** @type {(key: string, token: string) => Promise<unknown>} */ (
    Reflect.get(client, 'releaseLock').bind(client)
  );
  return async () => {
    const token = randomUUID();
    await client.set('bench', token, 'PX', 10_000, 'NX');
    await release('bench', token);
  };
}

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const server = await startRedis();
  const embedded = createSharedStore({ url: `lmdb:${folder}` });
  const redis = createSharedStore({ url: server.url });
  const client = new Redis(server.url);
  const unit = 'ns';
  try {
    const locks = await interleaved(
      { embedded: lockAndRelease(embedded), redis: lockAndRelease(redis), raw: byHand(client) },
      ROUNDS,
    );
    report.section(
      'lock and release, nobody else wants it, against SET NX PX and a script on ioredis',
    );
    report.compare({ what: 'embedded', ours: locks.embedded, baseline: locks.raw, unit });
    report.compare({ what: 'Redis engine', ours: locks.redis, baseline: locks.raw, unit });

    for (const store of [embedded, redis]) {
      const cache = store.cache('bench', { ttlMs: TTL_MS, staleMs: TTL_MS });
      const load = () => VALUE;
      await store.set('key', VALUE);
      await cache.get('key', load);
      await cache.get('tagged', load, { tags: ['a', 'b'] });
      const ways = await interleaved(
        {
          get: () => store.get('key'),
          hit: () => cache.get('key', load),
          tagged: () => cache.get('tagged', load, { tags: ['a', 'b'] }),
        },
        ROUNDS,
      );
      report.section(`a hit of a cache against get(), ${store.engine}`);
      report.compare({ what: 'a hit', ours: ways.hit, baseline: ways.get, unit });
      report.compare({ what: 'a hit with two tags', ours: ways.tagged, baseline: ways.get, unit });
    }
  } finally {
    await Promise.all([embedded.close(), redis.close()]);
    client.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  }
}
