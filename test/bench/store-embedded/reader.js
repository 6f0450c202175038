// A worker of the bench: reads from an embedded store, or through raw ioredis with auto-pipelining, and tells how fast.
// `none:` is neither: the same loop around a text that it has. argv: URL, number of keys.
// @ts-check

import { readFileSync } from 'node:fs';
import { createSharedStore } from '@muster/store';
import { textsOf } from '@muster/store/procedures';
import { Redis } from 'ioredis';

const RATE_MS = 300;
const RANDOM_CALLS = 20_000;
const IN_FLIGHT = 64;

const [url = '', keys = ''] = process.argv.slice(2);
const KEYS = Number(keys);

/** @typedef {(key: string) => Promise<unknown>} Read */

/** The value of a key, whichever way, and its text. @type {{ read: Read, readText: Read }} */
const { read, readText } = await reader();

/** @param {string} prefix @param {Read} read */
async function rate(prefix, read) {
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
  rate: () => rate('k', read),
  shortRate: () => rate('s', read),
  textRate: () => rate('k', readText),
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

/** @returns {Promise<{ read: Read, readText: Read }>} */
async function reader() {
  if (url === 'none:') {
    const text = Buffer.from(JSON.stringify('x'.repeat(100)));
    return { read: async () => JSON.parse(text.toString()), readText: async () => text.toString() };
  }
  if (url.startsWith('lmdb:')) {
    const store = createSharedStore({ url, ...(KEYS > 1_000 ? { maxBytes: 8 * 1024 ** 3 } : {}) });
    const texts = textsOf(store);
    return { read: (key) => store.get(key), readText: (key) => texts.get(key) };
  }
  const raw = new Redis(url, { enableAutoPipelining: true });
  const read = async (/** @type {string} */ key) => JSON.parse((await raw.get(key)) ?? 'null');
  return { read, readText: (key) => raw.get(key) };
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
