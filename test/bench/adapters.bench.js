// The adapters beside what people use today: `pnpm bench adapters`.
// @ts-check
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRedis } from '../support/redis/server.js';
import { openKeyv, openLimiter } from './adapters/stores.js';
import { interleaved } from './measure.js';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Limiter, Where } from './adapters/stores.js' */
/** @import { Report } from './report.js' */

/** @type {Limiter[]} */
const SERVED = ['MemoryStore', 'embedded', 'rate-limit-redis', 'redis'];
const ROUNDS = 21;
const ROUND_MS = 300;
/** Until an app has compiled what it runs. */
const WARM_UP_MS = 3_000;
/** What waits for a server takes longer than what does not. */
const CALLS = { rounds: 51, sampleMs: 5 };

/** @param {Report} report */
export default async function bench(report) {
  const redis = await startRedis();
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const where = (/** @type {string} */ name) => ({
    redisUrl: redis.url,
    folder: join(folder, name),
  });
  try {
    await limiters(report, where('limiters'));
    await keyvs(report, where('keyv'));
    await overHttp(report, where('http'));
    await chats(report);
  } finally {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {Report} report @param {Where} where */
async function limiters(report, where) {
  const opened = await Promise.all(SERVED.map((kind) => openLimiter(kind, where)));
  const [memory, embedded, rateLimitRedis, redis] = opened.map(({ store }) => {
    store.init({ windowMs: 3_600_000 });
    return () => store.increment('203.0.113.7');
  });
  if (!memory || !embedded || !rateLimitRedis || !redis) throw new Error('one is missing');
  const samples = await interleaved({ memory, embedded, rateLimitRedis, redis }, CALLS);
  report.section('express-rate-limit: a hit, one after the other (µs)');
  compare(report, 'embedded against rate-limit-redis', samples.embedded, samples.rateLimitRedis, 5);
  compare(report, 'Redis against rate-limit-redis', samples.redis, samples.rateLimitRedis);
  compare(report, 'embedded against MemoryStore', samples.embedded, samples.memory);
  for (const { close } of opened) await close();
}

/** @param {Report} report @param {Where} where */
async function keyvs(report, where) {
  const kinds = /** @type {const} */ (['embedded', '@keyv/redis', 'redis']);
  const opened = await Promise.all(kinds.map((kind) => openKeyv(kind, where)));
  const [embedded, keyvRedis, redis] = opened.map(({ keyv }) => keyv);
  if (!embedded || !keyvRedis || !redis) throw new Error('one is missing');
  const value = { id: 'u_1234567890', name: 'Ada Lovelace', roles: ['admin', 'editor'] };
  for (const what of /** @type {const} */ (['set', 'get'])) {
    const call = (/** @type {typeof embedded} */ keyv) => () => keyv[what]('ada', value);
    const ways = { embedded: call(embedded), keyvRedis: call(keyvRedis), redis: call(redis) };
    const samples = await interleaved(ways, CALLS);
    report.section(`Keyv: ${what}, one after the other (µs)`);
    compare(report, 'embedded against @keyv/redis', samples.embedded, samples.keyvRedis, 5);
    compare(report, 'Redis against @keyv/redis', samples.redis, samples.keyvRedis);
  }
  for (const { close } of opened) await close();
}

/**
 * @param {Report} report
 * @param {string} what
 * @param {number[]} ours nanoseconds
 * @param {number[]} baseline
 * @param {number} [atLeast]
 */
function compare(report, what, ours, baseline, atLeast) {
  const micro = (/** @type {number[]} */ samples) => samples.map((ns) => ns / 1_000);
  report.compare({
    what,
    ours: micro(ours),
    baseline: micro(baseline),
    unit: 'µs',
    ...(atLeast && { target: { atLeast } }),
  });
}

/** @param {Report} report @param {Where} where */
async function overHttp(report, where) {
  const client = fork(new URL('session/load.js', import.meta.url));
  const servers = SERVED.map((kind) =>
    fork(new URL('adapters/server.js', import.meta.url), [kind, JSON.stringify(where)]),
  );
  /** @type {Record<string, number[]>} */
  const perSecond = Object.fromEntries(SERVED.map((kind) => [kind, []]));
  try {
    const ports = [];
    for (const server of servers) ports.push((await answerOf(server))[0]);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const n of round % 2 ? SERVED.keys() : [...SERVED.keys()].reverse()) {
        client.send({ port: ports[n], ms: round === 0 ? WARM_UP_MS : ROUND_MS, writes: 0 });
        const [{ answered, ms }] = await answerOf(client);
        if (round > 0) perSecond[SERVED[n] ?? '']?.push((answered / ms) * 1_000);
      }
    }
  } finally {
    for (const child of [client, ...servers]) {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    }
  }
  report.section('express with a limiter, 32 connections, one worker (requests/s)');
  for (const [kind, baseline, atLeast] of /** @type {const} */ ([
    ['embedded', 'MemoryStore', 0.97],
    ['redis', 'rate-limit-redis', 1],
  ])) {
    report.compare({
      what: `${kind} against ${baseline}`,
      ours: perSecond[kind] ?? [],
      baseline: perSecond[baseline] ?? [],
      unit: 'req/s',
      target: { atLeast },
    });
  }
}

/** @param {Report} report */
async function chats(report) {
  const chat = join(import.meta.dirname, 'adapters/chat.js');
  report.section('Socket.IO: one of four workers sends, three receive (messages/s)');
  for (const [call, what, target] of /** @type {const} */ ([
    ['emit', 'emit, to a client of each', { atLeast: 2 }],
    ['serverSideEmit', 'serverSideEmit, without clients', undefined],
  ])) {
    const { stdout } = await promisify(execFile)(process.execPath, [chat, String(ROUNDS), call]);
    const { muster, 'cluster-adapter': baseline } = JSON.parse(stdout);
    report.compare({ what, ours: muster, baseline, unit: 'messages/s', ...(target && { target }) });
  }
}

/** One that ends without an answer has printed why. @param {ChildProcess} child */
async function answerOf(child) {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(60_000)]);
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`${child.spawnargs[1]} ended`);
  });
  try {
    return await Promise.race([once(child, 'message', { signal }), ended]);
  } finally {
    ended.catch(() => {});
    settled.abort();
  }
}
