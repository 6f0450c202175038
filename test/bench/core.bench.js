// startCluster() against bare node:cluster, the same plain HTTP server in both: `pnpm bench core`.
// @ts-check

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../support/redis/free-port.js';

const ROUNDS = 24;
const ROUND_MS = 700;
const START_ROUNDS = 11;
const CONNECTIONS = 32;

/** @typedef {{ readyMs: number, rss: number }} Told */

/** @param {import('./report.js').Report} report */
export default async function (report) {
  await benchLoad(report);
  await benchStart(report);
}

/** @param {import('./report.js').Report} report */
async function benchLoad(report) {
  const ours = await startCluster('muster-cluster.js', 2);
  const bare = await startCluster('bare-cluster.js', 2);
  // The baseline against itself says how much of a difference is the machine's.
  const again = await startCluster('bare-cluster.js', 2);
  const clusters = [ours, bare, again];
  const client = fork(new URL('./core/load-client.js', import.meta.url));
  const load = async (/** @type {number} */ port, ms = ROUND_MS) => {
    client.send({ port, connections: CONNECTIONS, ms });
    return (await once(client, 'message'))[0];
  };
  for (const { port } of clusters) await load(port, 1_000);
  /** @type {{ perSecond: number, p50: number, p99: number }[][]} */
  const rounds = clusters.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < clusters.length; turn++) {
      const index = (round + turn) % clusters.length;
      rounds[index]?.push(await load(clusters[index]?.port ?? 0));
    }
  }
  client.disconnect();
  await Promise.all(clusters.map((cluster) => cluster.stop()));

  report.section(`2 workers, ${CONNECTIONS} keep-alive connections (ours, bare node:cluster)`);
  const column = (/** @type {'perSecond' | 'p50' | 'p99'} */ name, mine = 0) => ({
    ours: (rounds[mine] ?? []).map((round) => round[name]),
    baseline: (rounds[1] ?? []).map((round) => round[name]),
  });
  const target = { atLeast: 0.98 };
  report.compare({ what: 'requests', ...column('perSecond'), unit: 'req/s', target });
  report.compare({ what: 'requests, bare against bare', ...column('perSecond', 2), unit: 'req/s' });
  report.compare({ what: 'p50', ...column('p50'), unit: 'ms' });
  report.compare({ what: 'p99', ...column('p99'), unit: 'ms', target });
  report.compare({ what: 'p99, bare against bare', ...column('p99', 2), unit: 'ms' });
}

/** @param {import('./report.js').Report} report */
async function benchStart(report) {
  const module = { file: 'muster-module.js', told: /** @type {Told[]} */ ([]) };
  const main = { file: 'muster-cluster.js', told: /** @type {Told[]} */ ([]) };
  const bare = { file: 'bare-cluster.js', told: /** @type {Told[]} */ ([]) };
  for (let round = 0; round < START_ROUNDS; round++) {
    const order = [module, main, bare];
    for (const { file, told } of round % 2 === 0 ? order : order.toReversed()) {
      const cluster = await startCluster(file, 4);
      told.push(await cluster.ask());
      await cluster.stop();
    }
  }
  const ready = (/** @type {typeof bare} */ { told }) => told.map(({ readyMs }) => readyMs);
  const rss = (/** @type {typeof bare} */ { told }) => told.map((one) => one.rss / 1_048_576);
  report.section('4 workers, a start (ours, bare node:cluster)');
  const times = { baseline: ready(bare), unit: 'ms', target: { atMost: 1.3 } };
  report.compare({ what: 'to all ready, a module', ours: ready(module), ...times });
  report.compare({ what: 'to all ready, a function', ours: ready(main), ...times });
  report.compare({ what: 'RSS of the primary', ours: rss(main), baseline: rss(bare), unit: 'MB' });
  const more = rss(main).map((mine, round) => mine - (rss(bare)[round] ?? 0));
  const note = 'target: at most 30';
  report.row({ what: 'RSS over a bare primary', value: more, unit: 'MB', note });
}

/** @param {string} file @param {number} workers */
async function startCluster(file, workers) {
  const port = await freePort();
  const child = fork(new URL(`./core/${file}`, import.meta.url), {
    env: { ...process.env, PORT: String(port), WORKERS: String(workers) },
    // What the primary logs would stand between the lines of the report.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    port,
    /** @returns {Promise<Told>} */
    async ask() {
      child.send('ask');
      return (await once(child, 'message'))[0];
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
