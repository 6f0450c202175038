// A worker that takes a lock and writes to a protected log, and loads values of a cache, until it is killed.
// @ts-check

import { createSharedStore } from '@muster/store';

/** Short, so that one that stands still is overtaken soon. */
const TTL_MS = 2_000;

const store = createSharedStore({ ...JSON.parse(process.env.STORE_OPTIONS ?? '{}') });
const log = store.namespace('log');
const counts = store.namespace('counts');
const cache = store.cache('epochs');

/** One line more, under the lock and fenced with it. A line may be written again where its writer was killed. */
async function append() {
  await store.withLock(
    'log',
    async (lock) => {
      const length = Number((await log.get('length')) ?? 0);
      await log.set(`line ${length}`, lock.token, { fence: lock });
      await log.set('length', length + 1, { fence: lock });
    },
    { ttlMs: TTL_MS, waitMs: 60_000 },
  );
}

/** Every log line begins an epoch, whose value one of all members is to load. */
async function load() {
  const epoch = Math.floor(Number((await log.get('length')) ?? 0) / 10);
  const value = await cache.get(`epoch ${epoch}`, async () => {
    await counts.increment(`loads of ${epoch}`);
    return epoch;
  });
  if (value !== epoch) throw new Error(`epoch ${epoch} is ${String(value)}`);
}

/** What a member that stood still past its lease has to expect. */
const EXPECTED = new Set(['MUSTER_LOCK_LOST', 'MUSTER_FENCED', 'MUSTER_DEADLINE_EXCEEDED']);

/** @param {() => Promise<void>} work */
async function forever(work) {
  for (;;) {
    try {
      await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!EXPECTED.has(code)) process.send?.({ violation: String(error) });
    }
  }
}

process.on('disconnect', () => process.exit());
forever(append);
forever(load);
forever(load);
