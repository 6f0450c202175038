// Messages between machines over one Redis, beside the adapters of Socket.IO and bare ioredis: `pnpm bench machines`. A
// machine is a cluster with one worker, and all of them are on this computer.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';

const ROUNDS = 5;
const ROUND_MS = 1_000;
const REQUESTS = 500;
const CURVE = [2, 4, 8, 16];
const IN_CLUSTER = fileURLToPath(new URL('machines/cluster.js', import.meta.url));
const ALONE = fileURLToPath(new URL('machines/worker.js', import.meta.url));

/**
 * @typedef {object} Measured
 * @property {number[]} perSecond
 * @property {number[]} redisMicros CPU of Redis for a message
 * @property {number} connections at Redis, of all machines
 * @property {number} batch messages in an entry, where there are entries
 * @property {number[]} p50 of requests, in microseconds
 */

/**
 * @param {string} way
 * @param {number} machines
 * @param {{ batch?: number, asks?: boolean, rounds?: number }} [how]
 * @returns {Promise<Measured>}
 */
async function measure(way, machines, { batch = 1, asks = false, rounds = ROUNDS } = {}) {
  const redis = await startRedis();
  const admin = new Redis(redis.url);
  const crew = await assemble(way, machines, redis.url, batch);
  /** @type {Measured} */
  const measured = { perSecond: [], redisMicros: [], connections: 0, batch: 0, p50: [] };
  try {
    const clients = String(await admin.client('LIST'))
      .trim()
      .split('\n');
    measured.connections = clients.length - 1;
    // The first round is for the compilers.
    for (let round = 0; round <= rounds; round++) {
      const [cpu, entries] = [await cpuOf(admin), await entriesOf(admin)];
      const { sent, perSecond } = await crew.send(ROUND_MS);
      if (round === 0) continue;
      measured.perSecond.push(perSecond);
      measured.redisMicros.push(((await cpuOf(admin)) - cpu) / sent);
      measured.batch = sent / ((await entriesOf(admin)) - entries);
      if (asks) measured.p50.push((await crew.ask(REQUESTS)).p50);
    }
  } finally {
    await crew.dismiss();
    admin.disconnect();
    await redis.stop();
  }
  return measured;
}

/** Starts machines, and gives what they can be told. @param {string} way @param {number} machines @param {string} url @param {number} batch */
async function assemble(way, machines, url, batch) {
  /** @type {Map<string, import('node:net').Socket>} */
  const sockets = new Map();
  /** @type {Map<import('node:net').Socket, (result: any) => void>} */
  const waiting = new Map();
  const first = () => /** @type {import('node:net').Socket} */ (sockets.get('machine-0'));
  const tell = (/** @type {import('node:net').Socket} */ socket, /** @type {object} */ what) => {
    socket.write(`${JSON.stringify(what)}\n`);
    return new Promise((resolve) => waiting.set(socket, resolve));
  };
  let ready = () => {};
  const allReady = new Promise((resolve) => {
    ready = () => sockets.size === machines && resolve(undefined);
  });
  const server = createServer((socket) => {
    socket.setNoDelay().on('error', () => {});
    let name = '';
    createInterface({ input: socket }).on('line', (line) => {
      const said = JSON.parse(line);
      if (said.ready) {
        name = said.ready;
        sockets.set(name, socket);
        ready();
      }
      if (said.done) waiting.get(socket)?.(said.done);
      if (said.confirm) first().write(`${JSON.stringify({ confirmed: said.confirm, by: name })}\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const children = Array.from({ length: machines }, (_, machine) =>
    spawn(process.execPath, [way === 'muster' ? IN_CLUSTER : ALONE], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        ...{ BENCH_WAY: way, BENCH_URL: url, BENCH_NAME: `machine-${machine}` },
        ...{ BENCH_PORT: `${port}`, BENCH_OTHERS: `${machines - 1}`, BENCH_BATCH: `${batch}` },
        ...(way === 'muster' ? {} : { BENCH_ALONE: 'yes' }),
      },
    }),
  );
  await allReady;
  return {
    /** @param {number} ms @returns {Promise<{ sent: number, perSecond: number }>} */
    async send(ms) {
      const others = [...sockets].filter(([name]) => name !== 'machine-0');
      await Promise.all(others.map(([, socket]) => tell(socket, { reset: true })));
      return tell(first(), { send: ms });
    },
    /** @param {number} count @returns {Promise<{ p50: number, p99: number }>} */
    ask: (count) => tell(first(), { ask: count }),
    async dismiss() {
      const exits = children.map((child) => once(child, 'exit'));
      for (const child of children) child.kill('SIGTERM');
      for (const socket of sockets.values()) socket.destroy();
      await Promise.all(exits);
      server.close();
    },
  };
}

/** In microseconds. @param {Redis} admin */
async function cpuOf(admin) {
  const info = await admin.info('cpu');
  const seconds = (/** @type {string} */ kind) =>
    Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(info)?.[1]);
  return (seconds('user') + seconds('sys')) * 1e6;
}

/** How many entries all streams ever had. @param {Redis} admin */
async function entriesOf(admin) {
  let entries = 0;
  for (const key of await admin.keys('*')) {
    if ((await admin.type(key)) !== 'stream') continue;
    const about = /** @type {unknown[]} */ (await admin.xinfo('STREAM', key));
    entries += Number(about[about.indexOf('entries-added') + 1]);
  }
  return entries;
}

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  for (const machines of [2, 4]) {
    const muster = await measure('muster', machines, { asks: machines === 2 });
    const batch = Math.max(1, Math.round(muster.batch));
    report.section(`small messages, ${machines} machines, ${batch} in an entry`);
    for (const [way, target] of /** @type {const} */ ([
      ['streams adapter', { atLeast: 5 }],
      ['redis adapter', { atLeast: 5 }],
      ['bare xadd', { atLeast: 0.7 }],
      ['bare publish', { atLeast: 0.7 }],
    ])) {
      const other = await measure(way, machines, {
        batch,
        asks: machines === 2 && way === 'bare publish',
      });
      const what = { ours: muster.perSecond, baseline: other.perSecond, unit: '/s' };
      report.compare({ what: `than ${way}`, ...what, target });
      report.compare({
        what: '  CPU of Redis, a message',
        ours: muster.redisMicros,
        baseline: other.redisMicros,
        unit: 'µs',
      });
      report.row({ what: '  connections at Redis', value: other.connections, unit: '' });
      if (other.p50.length === 0) continue;
      report.compare({
        what: '  request, p50, than a bare round trip',
        ours: muster.p50,
        baseline: other.p50,
        unit: 'µs',
        target: { atMost: 1.5 },
      });
    }
    report.row({ what: 'our connections at Redis', value: muster.connections, unit: '' });
  }

  report.section('one machine to all others, machines that are a process each');
  for (const machines of CURVE) {
    const { perSecond, redisMicros, batch } = await measure('lean', machines, { rounds: 2 });
    const note = `${batch.toFixed(0)} in an entry`;
    report.row({ what: `${machines} machines`, value: perSecond, unit: '/s', note });
    report.row({ what: '  CPU of Redis, a message', value: redisMicros, unit: 'µs' });
  }
}
