// The store against raw ioredis, side by side: `pnpm bench store`.
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

/** @param {import('../../packages/store/dist/index.js').SharedStore} store @returns {Record<string, Call>} */
const calls = (store) => ({
  get: (n) => store.get(`k${n}`),
  set: (n) => store.set(`k${n}`, VALUE),
  increment: (n) => store.increment(`c${n}`),
});

/** What a program without us does: it has values too, and no texts. @param {Redis} client @returns {Record<string, Call>} */
const rawCalls = (client) => ({
  get: async (n) => JSON.parse((await client.get(`k${n}`)) ?? 'null'),
  set: (n) => client.set(`k${n}`, JSON.stringify(VALUE)),
  increment: (n) => client.incrby(`c${n}`, 1),
});

/** Without even that: ready-made texts. @param {Redis} client @returns {Record<string, Call>} */
const textCalls = (client) => ({
  get: (n) => client.get(`k${n}`),
  set: (n) => client.set(`k${n}`, TEXT),
  increment: (n) => client.incrby(`c${n}`, 1),
});

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const server = await startRedis();
  const embedded = createSharedStore({ url: `lmdb:${folder}` });
  const redis = createSharedStore({ url: server.url });
  const plain = new Redis(server.url);
  const pipelined = new Redis(server.url, { enableAutoPipelining: true });

  /** @type {Record<string, [measure: typeof sequential, times: number, calls: Record<string, Call>]>} */
  const subjects = {
    embedded: [sequential, 3_000, calls(embedded)],
    embeddedMany: [concurrent, 6_000, calls(embedded)],
    redis: [sequential, 1_000, calls(redis)],
    redisMany: [concurrent, 6_000, calls(redis)],
    raw: [sequential, 1_000, rawCalls(plain)],
    rawMany: [concurrent, 6_000, rawCalls(pipelined)],
    textMany: [concurrent, 6_000, textCalls(pipelined)],
  };

  try {
    for (let n = 0; n < KEYS; n++) {
      const { set } = calls(embedded);
      await Promise.all([set?.(n), plain.set(`k${n}`, TEXT), plain.set(`muster::k${n}`, TEXT)]);
    }
    for (const operation of ['get', 'set', 'increment']) {
      /** @type {Record<string, number[]>} */
      const micros = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
      for (let round = 0; round <= ROUNDS; round++) {
        for (const [name, [measure, times, operations]] of Object.entries(subjects)) {
          const call = operations[operation];
          if (!call) throw new Error(`${name} has no ${operation}`);
          const figure = await measure(call, times);
          // The first round warms up.
          if (round > 0) micros[name]?.push(figure);
        }
      }
      tell(report, operation, micros);
    }
  } finally {
    await Promise.all([embedded.close(), redis.close()]);
    plain.disconnect();
    pipelined.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

/**
 * @param {import('./report.js').Report} report
 * @param {string} operation
 * @param {Record<string, number[]>} micros
 */
function tell(report, operation, micros) {
  const { embedded = [], embeddedMany = [], redis = [], redisMany = [] } = micros;
  const { raw = [], rawMany = [], textMany = [] } = micros;
  const unit = 'µs';
  const atLeast = operation === 'get' ? 15 : 5;
  report.section(`${operation}, values of ${TEXT.length} bytes of JSON, against ioredis`);
  report.compare({
    what: 'embedded, one by one',
    ours: embedded,
    baseline: raw,
    unit,
    target: { atLeast },
  });
  report.compare({ what: 'Redis engine, one by one', ours: redis, baseline: raw, unit });
  report.compare({
    what: `embedded, ${IN_FLIGHT} in flight`,
    ours: embeddedMany,
    baseline: rawMany,
    unit,
  });
  const target = { atLeast: 0.85 };
  const what = `Redis engine, ${IN_FLIGHT} in flight, auto-pipelining`;
  report.compare({ what, ours: redisMany, baseline: rawMany, unit, target });
  report.compare({ what: `${what}, texts only`, ours: redisMany, baseline: textMany, unit });
}
