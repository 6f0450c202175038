// A worker of the bench: reads from an embedded store, or through raw ioredis with auto-pipelining, and tells how fast.
// `none:` is neither: the same loop around a text that it has. argv: URL, number of keys.
// @ts-check

import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { createSharedStore } from '../../../packages/store/dist/index.js';

const RATE_MS = 300;
const RANDOM_CALLS = 20_000;
const IN_FLIGHT = 64;

const [url = '', keys = ''] = process.argv.slice(2);
const KEYS = Number(keys);

/** The value of a key, whichever way. @type {(key: string) => Promise<unknown>} */
const read = await reader();

/** @param {string} prefix */
async function rate(prefix) {
  const start = performance.now();
  let n = 0;
  const caller = async () => {
    while (performance.now() - start < RATE_MS) {
      for (let i = 0; i < 16; i++) await read(`${prefix}${n++ % KEYS}`);
    }
  };
  await Promise.all(Array.from({ length: url.startsWith('redis:') ? IN_FLIGHT : 1 }, caller));
  return (n * 1_000) / (performance.now() - start);
}

/** @type {Record<string, () => Promise<number>>} */
const orders = {
  /** Reads per second. */
  rate: () => rate('k'),
  shortRate: () => rate('s'),
  /** Microseconds of a read of any key. */
  async random() {
    const start = performance.now();
    for (let n = 0; n < RANDOM_CALLS; n++) await read(`k${Math.floor(Math.random() * KEYS)}`);
    return ((performance.now() - start) * 1_000) / RANDOM_CALLS;
  },
  /** Megabytes of memory of its own that this process has after it read every key, above what it had after a few. */
  async memory() {
    for (let n = 0; n < 200_000; n++) await read(`k${n % 1_000}`);
    const before = anonymous();
    for (let n = 0; n < KEYS; n++) await read(`k${n}`);
    return Math.max(anonymous() - before, 0);
  },
};

/** @returns {Promise<(key: string) => Promise<unknown>>} */
async function reader() {
  if (url === 'none:') {
    const text = Buffer.from(JSON.stringify('x'.repeat(100)));
    return async (key) => (key ? JSON.parse(text.toString()) : undefined);
  }
  if (url.startsWith('lmdb:')) {
    const store = createSharedStore({ url, ...(KEYS > 1_000 ? { maxBytes: 8 * 1024 ** 3 } : {}) });
    return (key) => store.get(key);
  }
  const raw = new Redis(url, { enableAutoPipelining: true });
  return async (key) => JSON.parse((await raw.get(key)) ?? 'null');
}

function anonymous() {
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

process.on('message', async (name) => {
  process.send?.(await orders[String(name)]?.());
});
process.on('disconnect', () => process.exit());
await read('k0');
process.send?.('ready');
