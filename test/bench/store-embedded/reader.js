// A worker of the bench: reads from an embedded store, or through raw ioredis with auto-pipelining, and tells how fast.
// argv: URL, number of keys.
// @ts-check

import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { createSharedStore } from '../../../packages/store/dist/index.js';

const RATE_MS = 300;
const RANDOM_CALLS = 20_000;
const IN_FLIGHT = 64;

const [url = '', keys = ''] = process.argv.slice(2);
const KEYS = Number(keys);
const isRedis = url.startsWith('redis:');
const store = createSharedStore({ url: isRedis ? 'lmdb:unused' : url });
const raw = isRedis ? new Redis(url, { enableAutoPipelining: true }) : undefined;

/** @type {(n: number) => Promise<unknown>} */
const get = raw
  ? async (n) => JSON.parse((await raw.get(`k${n}`)) ?? 'null')
  : (n) => store.get(`k${n}`);

/** @type {Record<string, () => Promise<number>>} */
const orders = {
  /** Reads per second. */
  async rate() {
    const start = performance.now();
    let n = 0;
    const caller = async () => {
      while (performance.now() - start < RATE_MS)
        for (let i = 0; i < 16; i++) await get(n++ % KEYS);
    };
    await Promise.all(Array.from({ length: raw ? IN_FLIGHT : 1 }, caller));
    return (n * 1_000) / (performance.now() - start);
  },
  /** Microseconds of a read of any key. */
  async random() {
    const start = performance.now();
    for (let n = 0; n < RANDOM_CALLS; n++) await get(Math.floor(Math.random() * KEYS));
    return ((performance.now() - start) * 1_000) / RANDOM_CALLS;
  },
  /** Megabytes of memory of its own that this process has after it read every key, above what it had after a few. */
  async memory() {
    for (let n = 0; n < 200_000; n++) await get(n % 1_000);
    const before = anonymous();
    for (let n = 0; n < KEYS; n++) await get(n);
    return Math.max(anonymous() - before, 0);
  },
};

function anonymous() {
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

process.on('message', async (name) => {
  process.send?.(await orders[String(name)]?.());
});
process.on('disconnect', () => process.exit());
await get(0);
process.send?.('ready');
