// The embedded engine against raw ioredis: `pnpm bench store-embedded`.
// @ts-check

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { createSharedStore } from '../../packages/store/dist/index.js';
import { startRedis } from '../support/redis/server.js';
import { KEYS, sequential, VALUE } from './store-embedded/calls.js';

/** Each is measured this often, in turns, so that a busy moment of the machine hits all alike; medians count. */
const ROUNDS = 9;
const OURS = 3_000;
const THEIRS = 1_000;
const MANY_KEYS = 1_000_000;
const WORKERS = 2;

/** @typedef {import('./store-embedded/calls.js').Call} Call */
/** @typedef {import('../../packages/store/dist/index.js').SharedStore} SharedStore */

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const server = await startRedis();
  const url = `lmdb:${folder}/store`;
  const store = createSharedStore({ url });
  const raw = new Redis(server.url);
  try {
    for (let n = 0; n < KEYS; n++) {
      await Promise.all([store.set(`k${n}`, VALUE), raw.set(`k${n}`, JSON.stringify(VALUE))]);
    }
    await oneByOne(report, store, raw);
    await twoWorkers(report, url, server.url);
    await manyKeys(report, folder);
  } finally {
    await store.close();
    raw.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** @param {import('./report.js').Report} report @param {SharedStore} store @param {Redis} raw */
async function oneByOne(report, store, raw) {
  report.section(
    `values of ${JSON.stringify(VALUE).length} bytes of JSON, one call after the other`,
  );
  /** @type {Record<string, { ours: Call, baseline: Call, atLeast: number }>} */
  const operations = {
    get: {
      ours: (n) => store.get(`k${n}`),
      baseline: async (n) => JSON.parse((await raw.get(`k${n}`)) ?? 'null'),
      atLeast: 15,
    },
    set: {
      ours: (n) => store.set(`k${n}`, VALUE),
      baseline: (n) => raw.set(`k${n}`, JSON.stringify(VALUE)),
      atLeast: 5,
    },
    increment: {
      ours: (n) => store.increment(`c${n}`),
      baseline: (n) => raw.incrby(`c${n}`, 1),
      atLeast: 5,
    },
  };
  for (const [what, { ours, baseline, atLeast }] of Object.entries(operations)) {
    const [mine, theirs] = await inTurns(
      () => sequential(ours, OURS),
      () => sequential(baseline, THEIRS),
    );
    report.compare({ what, ours: mine, baseline: theirs, unit: 'µs', target: { atLeast } });
  }
  const [with1, without] = await inTurns(
    () => sequential((n) => store.set(`k${n}`, VALUE, { ttlMs: 60_000 + n }), OURS),
    () => sequential((n) => store.set(`k${n}`, VALUE), OURS),
  );
  report.compare({
    what: 'set with ttlMs, against without',
    ours: with1,
    baseline: without,
    unit: 'µs',
  });
}

/** @param {import('./report.js').Report} report @param {string} url @param {string} redisUrl */
async function twoWorkers(report, url, redisUrl) {
  report.section(`${WORKERS} workers at once, values as above, reads in all`);
  const readers = await Promise.all(Array.from({ length: WORKERS }, () => reader(url)));
  const theirs = await Promise.all(Array.from({ length: WORKERS }, () => reader(redisUrl)));
  const [mine, baseline] = await inTurns(
    () => together(readers),
    () => together(theirs),
  );
  report.compare({
    what: 'get, against 64 in flight, auto-pipelining',
    ours: mine,
    baseline,
    unit: 'reads/s',
    target: { atLeast: 5 },
  });
  for (const child of [...readers, ...theirs]) child.disconnect();
}

/** @param {import('./report.js').Report} report @param {string} folder */
async function manyKeys(report, folder) {
  report.section(`${MANY_KEYS.toLocaleString('en')} keys of 100 bytes of value`);
  const few = `lmdb:${folder}/few`;
  const many = `lmdb:${folder}/many`;
  for (const [url, count] of /** @type {const} */ ([
    [few, KEYS],
    [many, MANY_KEYS],
  ])) {
    const store = createSharedStore({ url });
    const value = 'x'.repeat(100);
    for (let n = 0; n < count; n += 1_000) {
      await store.setMany(Array.from({ length: 1_000 }, (_, i) => [`k${n + i}`, value]));
    }
    await store.close();
  }
  const [a, b] = [await reader(many, MANY_KEYS), await reader(few, KEYS)];
  const [large, small] = await inTurns(
    () => ask(a, 'random'),
    () => ask(b, 'random'),
  );
  report.compare({
    what: `random get, against ${KEYS.toLocaleString('en')} keys`,
    ours: large,
    baseline: small,
    unit: 'µs',
    target: { atMost: 2 },
  });
  const megabytes = await ask(await reader(many, MANY_KEYS), 'memory');
  report.compare({
    what: 'RssAnon of a worker that reads all of them',
    ours: megabytes,
    baseline: 20,
    unit: 'MB',
    target: { atMost: 1 },
  });
  a.disconnect();
  b.disconnect();
}

/**
 * @param {() => Promise<number>} ours
 * @param {() => Promise<number>} theirs
 * @returns {Promise<[number[], number[]]>}
 */
async function inTurns(ours, theirs) {
  /** @type {[number[], number[]]} */
  const samples = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [await ours(), await theirs()];
    // The first round warms up.
    if (round > 0) for (const i of [0, 1]) samples[i]?.push(pair[i] ?? Number.NaN);
  }
  return samples;
}

/** A process that reads. @param {string} url @param {number} [keys] */
async function reader(url, keys = KEYS) {
  const script = fileURLToPath(new URL('store-embedded/reader.js', import.meta.url));
  const child = fork(script, [url, `${keys}`]);
  await once(child, 'message');
  return child;
}

/** @param {import('node:child_process').ChildProcess} child @param {string} what @returns {Promise<number>} */
async function ask(child, what) {
  child.send(what);
  const [figure] = await once(child, 'message');
  return figure;
}

/** Reads per second of all of them, which read for the same time. @param {import('node:child_process').ChildProcess[]} readers */
async function together(readers) {
  const rates = await Promise.all(readers.map((child) => ask(child, 'rate')));
  return rates.reduce((sum, rate) => sum + rate, 0);
}
