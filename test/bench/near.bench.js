// Near caches on Redis: what a hit takes, and what writes cost where near caches are in use: `pnpm bench near`.
// @ts-check

import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';
import { interleaved } from './measure.js';
import { VALUE } from './session-value.js';

const NEAR = { near: { maxStaleMs: 600_000 } };
const KEYS = 1_000;
const IN_FLIGHT = 64;
const WRITES = 6_400;
const ROUNDS = 21;

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  // Redis works for each near cache, too: writes without one have a server of their own.
  const [server, other] = await Promise.all([startRedis(), startRedis()]);
  const store = createSharedStore({ url: server.url });
  const without = createSharedStore({ url: other.url });
  const raw = new Redis(server.url);
  try {
    await hits(report, store, raw);
    await writes(report, store, without);
  } finally {
    raw.disconnect();
    await Promise.all([store.close(), without.close()]);
    await Promise.all([server.stop(), other.stop()]);
  }
}

/**
 * A value that is kept in the process, against one that is asked for, and against one in a Map of which each reader gets a copy.
 *
 * @param {import('./report.js').Report} report
 * @param {import('@muster/store').SharedStore} store
 * @param {Redis} raw
 */
async function hits(report, store, raw) {
  for (const [what, value] of /** @type {const} */ ([
    ['a number', 42],
    ['1 KB of JSON', VALUE],
  ])) {
    const view = store.namespace('near', NEAR);
    const map = new Map([['key', JSON.stringify(value)]]);
    await view.set('key', value);
    await raw.set('key', JSON.stringify(value));
    await keep(store, view, 'key');
    const { misses } = store.near;
    const { ours, copied, asked } = await interleaved({
      ours: () => view.get('key'),
      copied: async () => JSON.parse(map.get('key') ?? ''),
      asked: async () => JSON.parse((await raw.get('key')) ?? ''),
    });
    report.section(`a near hit, ${what}, one call after the other`);
    const same = { ours, unit: 'ns' };
    report.compare({
      ...same,
      what: 'against a GET by ioredis',
      baseline: asked,
      target: { atLeast: 50 },
    });
    report.compare({
      ...same,
      what: 'against a copy from a Map',
      baseline: copied,
      target: { atMost: 3 },
    });
    report.row({ what: 'misses meanwhile', value: store.near.misses - misses, unit: '' });
  }
}

/**
 * @param {import('./report.js').Report} report
 * @param {import('@muster/store').SharedStore} store
 * @param {import('@muster/store').SharedStore} without
 */
async function writes(report, store, without) {
  const near = store.namespace('near', NEAR);
  await keep(store, near, 'warm');
  const ways = {
    'keys of a near namespace': near,
    'other keys': store.namespace('far'),
  };
  const plain = without.namespace('far');
  report.section(`set, 1 KB of JSON, ${IN_FLIGHT} in flight, where a near cache is in use`);
  for (const [what, view] of Object.entries(ways)) {
    /** @type {number[]} */
    const ours = [];
    /** @type {number[]} */
    const baseline = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const pair = [
        () => micros(view).then((one) => ours.push(one)),
        () => micros(plain).then((one) => baseline.push(one)),
      ];
      for (const measure of round % 2 === 0 ? pair : pair.reverse()) await measure();
    }
    // The first round is for the compilers.
    report.compare({
      what: `${what}, against a process without one`,
      ours: ours.slice(1),
      baseline: baseline.slice(1),
      unit: 'µs',
      target: { atMost: 1.05 },
    });
  }
}

/** Reads until it is kept. @param {import('@muster/store').SharedStore} store @param {{ get(key: string): Promise<unknown> }} view @param {string} key */
async function keep(store, view, key) {
  const { hits } = store.near;
  while (store.near.hits === hits) await view.get(key);
}

/** Of one write. @param {{ set(key: string, value: unknown): Promise<unknown> }} view */
async function micros(view) {
  const start = performance.now();
  let n = 0;
  const writer = async () => {
    while (n < WRITES) await view.set(`k${n++ % KEYS}`, VALUE);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
  return ((performance.now() - start) * 1_000) / WRITES;
}
