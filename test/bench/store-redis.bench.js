// The Redis engine against raw ioredis, 64 calls in flight: `pnpm bench store-redis`.
// @ts-check

import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';
import { quantile } from './measure.js';
import { VALUE } from './session-value.js';

const KEYS = 1_000;
const IN_FLIGHT = 64;
const CALLS = 12_800;
/** Each is measured this often, in turns, so that a busy moment of the machine hits all alike; medians count. */
const ROUNDS = 9;

/** @typedef {(n: number) => Promise<unknown>} Call */

/**
 * Microseconds per call of the whole, and how long single calls took.
 *
 * @param {Call} call
 * @param {number[]} latencies
 */
async function measure(call, latencies) {
  const start = performance.now();
  let n = 0;
  const caller = async () => {
    while (n < CALLS) {
      const sent = performance.now();
      await call(n++ % KEYS);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return ((performance.now() - start) * 1_000) / CALLS;
}

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  const server = await startRedis();
  const store = createSharedStore({ url: server.url });
  const raw = new Redis(server.url, { enableAutoPipelining: true });
  /** @type {Record<string, { ours: Call, baseline: Call }>} */
  const operations = {
    get: {
      ours: (n) => store.get(`k${n}`),
      baseline: async (n) => JSON.parse((await raw.get(`k${n}`)) ?? 'null'),
    },
    set: {
      ours: (n) => store.set(`k${n}`, VALUE),
      baseline: (n) => raw.set(`k${n}`, JSON.stringify(VALUE)),
    },
    increment: {
      ours: (n) => store.increment(`c${n}`),
      baseline: (n) => raw.incrby(`c${n}`, 1),
    },
  };
  try {
    for (let n = 0; n < KEYS; n++) {
      await Promise.all([store.set(`k${n}`, VALUE), raw.set(`k${n}`, JSON.stringify(VALUE))]);
    }
    for (const [operation, { ours, baseline }] of Object.entries(operations)) {
      await compare(report, operation, ours, baseline);
    }
  } finally {
    await store.close();
    raw.disconnect();
    await server.stop();
  }
}

/**
 * @param {import('./report.js').Report} report
 * @param {string} operation
 * @param {Call} ours
 * @param {Call} baseline
 */
async function compare(report, operation, ours, baseline) {
  /** @type {Record<'ours' | 'baseline', { micros: number[], latencies: number[] }>} */
  const found = {
    ours: { micros: [], latencies: [] },
    baseline: { micros: [], latencies: [] },
  };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, call] of /** @type {const} */ ([
      ['ours', ours],
      ['baseline', baseline],
    ])) {
      /** @type {number[]} */
      const latencies = [];
      const micros = await measure(call, latencies);
      // The first round warms up.
      if (round === 0) continue;
      found[name].micros.push(micros);
      found[name].latencies.push(...latencies);
    }
  }
  const bytes = JSON.stringify(VALUE).length;
  report.section(`${operation}, values of ${bytes} bytes of JSON, ${IN_FLIGHT} in flight`);
  report.compare({
    what: 'Redis engine, codec included, against ioredis with auto-pipelining and JSON',
    ours: found.ours.micros,
    baseline: found.baseline.micros,
    unit: 'µs',
    target: { atLeast: 0.85 },
  });
  report.row({ what: 'p50 of a call', value: ms(found.ours.latencies, 0.5), unit: 'ms' });
  report.row({ what: 'p99 of a call', value: ms(found.ours.latencies, 0.99), unit: 'ms' });
  report.row({
    what: 'p50 of a call, ioredis',
    value: ms(found.baseline.latencies, 0.5),
    unit: 'ms',
  });
}

/** @param {number[]} latencies @param {number} q */
function ms(latencies, q) {
  return Number(quantile(latencies, q).toFixed(3));
}
