// The embedded engine against raw ioredis: `pnpm bench store-embedded`.
// @ts-check

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';
import { VALUE } from './session-value.js';
import { KEYS, sequential } from './store-embedded/calls.js';

/** Each is measured this often, in turns, so that a busy moment of the machine hits all alike; medians count. */
const ROUNDS = 9;
const OURS = 3_000;
const THEIRS = 1_000;
const MANY_KEYS = 1_000_000;
const WORKERS = 2;

/** @typedef {import('./store-embedded/calls.js').Call} Call */
/** @typedef {import('@muster/store').SharedStore} SharedStore */

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const server = await startRedis();
  const url = `lmdb:${folder}/store`;
  const store = createSharedStore({ url });
  const raw = new Redis(server.url);
  try {
    const short = 'x'.repeat(100);
    for (let n = 0; n < KEYS; n++) {
      await Promise.all([
        store.set(`k${n}`, VALUE),
        store.set(`s${n}`, short),
        raw.set(`k${n}`, JSON.stringify(VALUE)),
        raw.set(`s${n}`, JSON.stringify(short)),
      ]);
    }
    await oneByOne(report, store, raw);
    await withChecksums(report, store, `lmdb:${folder}/checked`);
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

/** @param {import('./report.js').Report} report @param {SharedStore} store @param {string} url */
async function withChecksums(report, store, url) {
  const checked = createSharedStore({ url, checksums: true });
  for (let n = 0; n < KEYS; n++) await checked.set(`k${n}`, VALUE);
  /** @type {Record<string, (of: SharedStore, n: number) => Promise<unknown>>} */
  const calls = {
    get: (of, n) => of.get(`k${n}`),
    set: (of, n) => of.set(`k${n}`, VALUE),
  };
  for (const [call, make] of Object.entries(calls)) {
    const [ours, baseline] = await inTurns(
      () => sequential((n) => make(checked, n), OURS),
      () => sequential((n) => make(store, n), OURS),
    );
    const what = `${call} with checksums, against without`;
    report.compare({ what, ours, baseline, unit: 'µs' });
  }
  await checked.close();
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
  const [short, shortBaseline] = await inTurns(
    () => together(readers, 'shortRate'),
    () => together(theirs, 'shortRate'),
  );
  const what = 'the same, values of 100 bytes';
  report.compare({ what, ours: short, baseline: shortBaseline, unit: 'reads/s' });
  const [texts, textsBaseline] = await inTurns(
    () => together(readers, 'textRate'),
    () => together(theirs, 'textRate'),
  );
  report.compare({
    what: 'values as above, which neither side parses',
    ours: texts,
    baseline: textsBaseline,
    unit: 'reads/s',
  });
  /** @type {number[]} */
  const parses = [];
  for (let round = 0; round < ROUNDS; round++) parses.push(parseRate());
  report.row({ what: `JSON.parse of such a text, twice at once`, value: parses, unit: 'texts/s' });
  for (const child of [...readers, ...theirs]) child.disconnect();
}

/** @param {import('./report.js').Report} report @param {string} folder */
async function manyKeys(report, folder) {
  const keys = MANY_KEYS.toLocaleString('en');
  report.section(`${keys} keys`);
  const short = `lmdb:${folder}/short`;
  await randomReads(report, `${folder}/sessions`, VALUE, {
    what: 'values as above',
    target: { atMost: 2 },
  });
  await randomReads(report, `${folder}/short`, 'x'.repeat(100), { what: 'values of 100 bytes' });
  await memory(report, `${short}-many`);
}

/**
 * The garbage of a loop over that many keys makes V8 enlarge its young generation, with a store or without one. Where that has its
 * full size from the start, what grows is the store's.
 *
 * @param {import('./report.js').Report} report @param {string} url of the many keys, 100 bytes each
 */
async function memory(report, url) {
  const unit = 'MB';
  const rows = { 'without a store': 'none:', 'that reads all keys (100 bytes)': url };
  for (const [what, from] of Object.entries(rows)) {
    const value = await growth(from);
    report.row({ what: `growth of RssAnon in a loop ${what}`, value, unit });
  }
  const full = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
  const ours = await growth(url, full);
  const what = 'the latter, young generation at its full size, against 20 MB';
  report.compare({ what, ours, baseline: 20, unit, target: { atMost: 1 } });
}

/** Of the memory of a process that reads all keys. @param {string} url @param {string[]} [execArgv] */
async function growth(url, execArgv) {
  const child = await reader(url, MANY_KEYS, execArgv);
  const megabytes = await ask(child, 'memory');
  child.disconnect();
  return megabytes;
}

/**
 * Of many keys, against few.
 *
 * @param {import('./report.js').Report} report
 * @param {string} path of the stores
 * @param {unknown} value
 * @param {{ what: string, target?: import('./report.js').Target }} row
 */
async function randomReads(report, path, value, { what, target }) {
  const few = `lmdb:${path}-few`;
  const many = `lmdb:${path}-many`;
  await fill(few, KEYS, value);
  await fill(many, MANY_KEYS, value);
  const [a, b] = [await reader(many, MANY_KEYS), await reader(few, KEYS)];
  const [ours, baseline] = await inTurns(
    () => ask(a, 'random'),
    () => ask(b, 'random'),
  );
  report.compare({
    what: `random get against ${KEYS.toLocaleString('en')} keys, ${what}`,
    ours,
    baseline,
    unit: 'µs',
    ...(target ? { target } : {}),
  });
  a.disconnect();
  b.disconnect();
}

/** @param {string} url @param {number} count @param {unknown} value */
async function fill(url, count, value) {
  const store = createSharedStore({ url, maxBytes: 8 * 1024 ** 3 });
  for (let n = 0; n < count; n += 1_000) {
    await store.setMany(Array.from({ length: 1_000 }, (_, i) => [`k${n + i}`, value]));
  }
  await store.close();
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

/** A process that reads. @param {string} url @param {number} [keys] @param {string[]} [execArgv] */
async function reader(url, keys = KEYS, execArgv = []) {
  const script = fileURLToPath(new URL('store-embedded/reader.js', import.meta.url));
  const child = fork(script, [url, `${keys}`], { execArgv });
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
async function together(readers, order = 'rate') {
  const rates = await Promise.all(readers.map((child) => ask(child, order)));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

/** How often two processes could parse one of the values, if they did nothing else. */
function parseRate() {
  const text = JSON.stringify(VALUE);
  const start = performance.now();
  for (let n = 0; n < 20_000; n++) JSON.parse(text);
  return (WORKERS * 20_000 * 1_000) / (performance.now() - start);
}
