// One express app with each session store, under the same load, and the store's calls alone: `pnpm bench session`.
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';
import { median } from './measure.js';
import { load as loadModule, openSessionStore } from './session/stores.js';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Kind } from './session/stores.js' */
/** @import { Report } from './report.js' */

/** @type {Kind[]} */
const KINDS = ['MemoryStore', 'embedded', 'connect-redis', 'redis'];
const ROUNDS = 21;
const ROUND_MS = 300;
/** Until an app has compiled what it runs. */
const WARM_UP_MS = 3_000;
/** Of 10 requests, those that change the session. */
const LOADS = { 'nothing changes': 0, '1 of 5 changes the session': 2 };
/** Sent by nobody else; the rest ran within scripts. */
const SENT = ['get', 'mget', 'evalsha', 'eval', 'set', 'expire'];

/** @param {Report} report */
export default async function bench(report) {
  const redis = await startRedis();
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const where = { redisUrl: redis.url, folder: join(folder, 'store') };
  const client = new Redis(redis.url);
  try {
    for (const [what, writes] of Object.entries(LOADS)) {
      await overHttp(report, client, where, what, writes);
    }
    await alone(report, { ...where, folder: join(folder, 'alone') });
  } finally {
    client.disconnect();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Report} report
 * @param {Redis} client
 * @param {{ redisUrl: string, folder: string }} where
 * @param {string} what
 * @param {number} writes
 */
async function overHttp(report, client, where, what, writes) {
  const load = fork(new URL('session/load.js', import.meta.url));
  /** @type {Map<Kind, { child: ChildProcess, port: number }>} */
  const servers = new Map();
  /** @type {Record<string, number[]>} */
  const perSecond = {};
  /** @type {Record<string, { requests: number, sent: number, run: number }>} */
  const commands = {};
  try {
    for (const kind of KINDS) {
      const child = fork(new URL('session/server.js', import.meta.url), [
        kind,
        JSON.stringify(where),
      ]);
      const [port] = await answerOf(child);
      servers.set(kind, { child, port });
      perSecond[kind] = [];
      commands[kind] = { requests: 0, sent: 0, run: 0 };
    }
    for (let round = 0; round <= ROUNDS; round++) {
      for (const kind of round % 2 ? KINDS : KINDS.toReversed()) {
        const port = servers.get(kind)?.port;
        await client.config('RESETSTAT');
        load.send({ port, ms: round === 0 ? WARM_UP_MS : ROUND_MS, writes });
        const [{ answered, ms }] = await answerOf(load);
        // The first round logs in and warms up.
        if (round === 0) continue;
        perSecond[kind]?.push((answered / ms) * 1_000);
        const { sent, run } = commandsIn(await client.info('commandstats'));
        const total = commands[kind];
        if (!total) continue;
        total.requests += answered;
        total.sent += sent;
        total.run += run;
      }
    }
  } finally {
    for (const child of [load, ...[...servers.values()].map((server) => server.child)]) {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    }
  }
  report.section(`express, 32 connections, one worker: ${what} (requests/s)`);
  const samples = (/** @type {Kind} */ kind) => perSecond[kind] ?? [];
  report.compare({
    what: 'embedded against MemoryStore',
    ours: samples('embedded'),
    baseline: samples('MemoryStore'),
    unit: 'req/s',
    target: { atLeast: 0.95 },
  });
  report.compare({
    what: 'Redis against connect-redis',
    ours: samples('redis'),
    baseline: samples('connect-redis'),
    unit: 'req/s',
    target: { atLeast: 1 },
  });
  const per = (/** @type {Kind} */ kind, /** @type {'sent' | 'run'} */ count) =>
    (commands[kind]?.[count] ?? 0) / (commands[kind]?.requests ?? 1);
  for (const [count, words] of /** @type {const} */ ([
    ['sent', 'Redis commands sent for a request'],
    ['run', 'the same with those within scripts'],
  ])) {
    report.row({ what: `${words}, ours`, value: per('redis', count), unit: 'commands' });
    report.row({
      what: `${words}, connect-redis`,
      value: per('connect-redis', count),
      unit: 'commands',
    });
  }
}

/** One that ends without an answer has printed why. @param {ChildProcess} child */
async function answerOf(child) {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(30_000)]);
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

/** @param {string} info */
function commandsIn(info) {
  let sent = 0;
  let run = 0;
  for (const [, name = '', calls] of info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) {
    if (['info', 'config|resetstat', 'ping'].includes(name)) continue;
    run += Number(calls);
    if (SENT.includes(name)) sent += Number(calls);
  }
  // What a script ran of these was not sent: one SET for each EVALSHA that saved.
  const calls = (/** @type {string} */ name) =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  if (calls('evalsha') + calls('eval') > 0) sent -= calls('set') + calls('get');
  return { sent, run };
}

/**
 * What a request does, without one: it gets a session, and touches or saves it.
 *
 * @param {Report} report
 * @param {{ redisUrl: string, folder: string }} where
 */
async function alone(report, where) {
  const opened = await Promise.all(KINDS.map((kind) => openSessionStore(kind, where)));
  try {
    for (const [what, IN_FLIGHT] of /** @type {const} */ ([
      ['one after the other', 1],
      ['32 at a time', 32],
    ])) {
      for (const call of /** @type {const} */ (['touch', 'set'])) {
        /** @type {Record<string, number[]>} */
        const micros = Object.fromEntries(KINDS.map((kind) => [kind, []]));
        for (let round = 0; round <= ROUNDS; round++) {
          for (const [n, kind] of KINDS.entries()) {
            const store = opened[n]?.store;
            if (!store) throw new Error(`no ${kind}`);
            const figure = await measure(store, call, IN_FLIGHT);
            if (round > 0) micros[kind]?.push(figure);
          }
        }
        report.section(`the store alone: get and ${call}, ${what} (µs for both)`);
        const samples = (/** @type {Kind} */ kind) => micros[kind] ?? [];
        report.compare({
          what: 'embedded against MemoryStore',
          ours: samples('embedded'),
          baseline: samples('MemoryStore'),
          unit: 'µs',
        });
        report.compare({
          what: 'Redis against connect-redis',
          ours: samples('redis'),
          baseline: samples('connect-redis'),
          unit: 'µs',
        });
      }
    }
  } finally {
    for (const { close } of opened) await close();
  }
}

/**
 * Microseconds for a get and a call after it.
 *
 * @param {import('./session/stores.js').Store} store
 * @param {'touch' | 'set'} call
 * @param {number} inFlight
 */
async function measure(store, call, inFlight) {
  const { Cookie } = loadModule('express-session');
  const maxAge = 24 * 3_600_000;
  const fields = { user: { id: 'u_1234567890', name: 'Ada' }, flash: 'x'.repeat(800), visits: 0 };
  const request = async (/** @type {string} */ id) => {
    const req = /** @type {any} */ ({ sessionID: id, sessionStore: store });
    const found = await new Promise((resolve, reject) =>
      store.get(id, (/** @type {unknown} */ error, /** @type {unknown} */ session) =>
        error ? reject(error) : resolve(session),
      ),
    );
    const session = /** @type {any} */ (store.createSession(req, /** @type {any} */ (found)));
    session.touch();
    if (call === 'set') session.visits++;
    await new Promise((resolve, reject) => {
      const done = (/** @type {unknown} */ error) => (error ? reject(error) : resolve(undefined));
      if (call === 'set') store.set(id, session, done);
      else store.touch?.(id, session, /** @type {any} */ (done));
    });
  };
  const ids = Array.from({ length: inFlight }, (_, n) => `session ${n}`);
  for (const id of ids) {
    const session = /** @type {any} */ ({ cookie: new Cookie({ maxAge }), ...fields });
    await new Promise((resolve) => store.set(id, session, resolve));
  }
  const start = performance.now();
  const end = start + 60;
  const counts = await Promise.all(
    ids.map(async (id) => {
      let count = 0;
      while (performance.now() < end) {
        await request(id);
        count++;
      }
      return count;
    }),
  );
  const elapsed = performance.now() - start;
  return (elapsed * 1_000) / median([counts.reduce((sum, count) => sum + count, 0)]);
}
