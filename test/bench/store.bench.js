// The store against raw ioredis, side by side: `pnpm build && node test/bench/store.bench.js`.
// @ts-check

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createSharedStore } from '../../packages/store/dist/index.js';
import { startRedis } from '../support/redis/server.js';

const KEYS = 1_000;
const IN_FLIGHT = 64;
/** Every measurement is taken this often, in turns, so that a busy moment of the machine hits all alike; the median counts. */
const ROUNDS = 7;

/** About 1 KB of JSON, as a session is. */
const VALUE = {
  cookie: {
    originalMaxAge: 86_400_000,
    expires: '2030-01-01T00:00:00.000Z',
    httpOnly: true,
    path: '/',
  },
  user: { id: 'u_1234567890', name: 'Ada Lovelace', roles: ['admin', 'editor'], verified: true },
  cart: Array.from({ length: 8 }, (_, n) => ({
    sku: `sku-${n}-abcdef`,
    count: n + 1,
    price: n * 9.99,
  })),
  flash: 'x'.repeat(300),
};
const TEXT = JSON.stringify(VALUE);

/** @typedef {(n: number) => Promise<unknown>} Call */

/** Microseconds per call, one after the other. @param {Call} call @param {number} times */
async function sequential(call, times) {
  const start = performance.now();
  for (let n = 0; n < times; n++) await call(n % KEYS);
  return ((performance.now() - start) * 1_000) / times;
}

/** The same, with as many under way at a time. @param {Call} call @param {number} times */
async function concurrent(call, times) {
  const start = performance.now();
  let n = 0;
  const caller = async () => {
    while (n < times) await call(n++ % KEYS);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return ((performance.now() - start) * 1_000) / times;
}

const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
const server = await startRedis();
const embedded = createSharedStore({ url: `lmdb:${folder}` });
const redis = createSharedStore({ url: server.url });
const plain = new Redis(server.url);
const pipelined = new Redis(server.url, { enableAutoPipelining: true });

/** @param {import('../../packages/store/dist/index.js').SharedStore} store */
const calls = (store) => ({
  /** @type {Call} */ get: (n) => store.get(`k${n}`),
  /** @type {Call} */ set: (n) => store.set(`k${n}`, VALUE),
  /** @type {Call} */ increment: (n) => store.increment(`c${n}`),
});
/** What a program without us does: it has values too, and no texts. @param {Redis} client */
const rawCalls = (client) => ({
  /** @type {Call} */ get: async (n) => JSON.parse((await client.get(`k${n}`)) ?? 'null'),
  /** @type {Call} */ set: (n) => client.set(`k${n}`, JSON.stringify(VALUE)),
  /** @type {Call} */ increment: (n) => client.incrby(`c${n}`, 1),
});
/** Without even that: the texts of ready-made values. @param {Redis} client */
const textCalls = (client) => ({
  /** @type {Call} */ get: (n) => client.get(`k${n}`),
  /** @type {Call} */ set: (n) => client.set(`k${n}`, TEXT),
  /** @type {Call} */ increment: (n) => client.incrby(`c${n}`, 1),
});

/** @type {[name: string, measure: typeof sequential, times: number, calls: Record<string, Call>][]} */
const subjects = [
  ['embedded, one by one', sequential, 3_000, calls(embedded)],
  [`embedded, ${IN_FLIGHT} in flight`, concurrent, 6_000, calls(embedded)],
  ['redis engine, one by one', sequential, 1_000, calls(redis)],
  [`redis engine, ${IN_FLIGHT} in flight`, concurrent, 6_000, calls(redis)],
  ['ioredis, one by one', sequential, 1_000, rawCalls(plain)],
  [`ioredis auto-pipelining, ${IN_FLIGHT} in flight`, concurrent, 6_000, rawCalls(pipelined)],
  [`the same, texts only`, concurrent, 6_000, textCalls(pipelined)],
];

try {
  for (let n = 0; n < KEYS; n++) {
    await Promise.all([
      embedded.set(`k${n}`, VALUE),
      redis.set(`k${n}`, VALUE),
      plain.set(`k${n}`, TEXT),
    ]);
  }
  /** @type {Map<string, number[]>} */
  const results = new Map();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [subject, measure, times, operations] of subjects) {
      for (const [operation, call] of Object.entries(operations)) {
        const micros = await measure(call, times);
        // The first round warms up.
        const name = `${operation} ${subject}`;
        if (round > 0) results.set(name, [...(results.get(name) ?? []), micros]);
      }
    }
  }
  report(results);
} finally {
  await Promise.all([embedded.close(), redis.close()]);
  plain.disconnect();
  pipelined.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
}

/** @param {Map<string, number[]>} results */
function report(results) {
  const one = 'ioredis, one by one';
  const many = `ioredis auto-pipelining, ${IN_FLIGHT} in flight`;
  const texts = 'the same, texts only';
  console.log(`store: values of ${TEXT.length} bytes, ${KEYS} keys, median of ${ROUNDS} rounds\n`);
  for (const operation of ['get', 'set', 'increment']) {
    /** @param {string} subject */
    const micros = (subject) => median(results.get(`${operation} ${subject}`) ?? []);
    for (const [subject] of subjects) {
      const ratios = [one, many, texts]
        .filter((other) => other !== subject)
        .map((other) => `${(micros(other) / micros(subject)).toFixed(2)}x`.padStart(9));
      const perSecond = Math.round(1e6 / micros(subject)).toLocaleString('en');
      console.log(
        `${operation.padEnd(10)}${subject.padEnd(42)}${micros(subject).toFixed(1).padStart(8)} µs${perSecond.padStart(10)}/s${ratios.join('')}`,
      );
    }
    console.log();
  }
  console.log(`The ratios: to ${one}; to ${many}; to ${texts}.`);
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
