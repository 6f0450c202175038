// startCluster() against bare node:cluster, the same plain HTTP server in both: `pnpm bench core`.
// @ts-check

import { startCluster } from './core/clusters.js';
import { measureLoad } from './core/load.js';
import { quantile } from './measure.js';

const START_ROUNDS = 11;
const CONNECTIONS = 32;
const MB = 1_048_576;

/** @typedef {import('./core/clusters.js').Told} Told */
/** @typedef {import('./core/load.js').Measured} Measured */

/** @param {import('./report.js').Report} report */
export default async function (report) {
  await benchLoad(report);
  await benchStart(report);
}

/** @param {import('./report.js').Report} report */
async function benchLoad(report) {
  // The baseline against itself says how much of a difference is the machine's.
  const files = ['muster-cluster.js', 'bare-cluster.js', 'bare-cluster.js'];
  const load = { workers: 2, connections: CONNECTIONS };
  const { measured, perSecond } = await measureLoad(files, load);
  const [ours, again, bare] = /** @type {[Measured, Measured, Measured]} */ (measured);
  const target = { atLeast: 0.98 };

  report.section(`2 workers, ${CONNECTIONS} keep-alive connections (ours, bare node:cluster)`);
  const rates = { baseline: bare.perSecond, unit: 'req/s' };
  report.compare({ what: 'requests', ours: ours.perSecond, ...rates, target });
  report.compare({ what: 'requests, bare against bare', ours: again.perSecond, ...rates });

  report.section(`The same at ${perSecond.toLocaleString('en')} req/s (ours, bare node:cluster)`);
  const compare = (
    /** @type {string} */ what,
    /** @type {Measured} */ mine,
    of = ofTurns(0.99),
  ) => ({
    what,
    ours: of(mine),
    baseline: of(bare),
    unit: 'ms',
  });
  report.compare(compare('p50', ours, ofTurns(0.5)));
  report.compare({ ...compare('p99', ours), target });
  report.compare(compare('p99, bare against bare', again));
  report.compare(compare('p99 of all turns at once', ours, ofAll(0.99)));
  report.compare(compare('p99 of all turns at once, bare against bare', again, ofAll(0.99)));
}

/** Over all requests: what the machine does to a few turns is in it, and on a busy one nothing else. @param {number} q */
function ofAll(q) {
  return (/** @type {Measured} */ { tookMs }) => [quantile(tookMs.flat(), q)];
}

/**
 * Of each turn, some thousand requests, compared with that of the baseline's own turn. What takes long for 1 in 100 of our
 * requests does in most turns; a pause of the machine is in few.
 *
 * @param {number} q
 */
function ofTurns(q) {
  return (/** @type {Measured} */ { tookMs }) => tookMs.map((took) => quantile(took, q));
}

/** @param {import('./report.js').Report} report */
async function benchStart(report) {
  /** @param {string} file */
  const variant = (file) => ({ file, told: /** @type {(Told & { wholeMs: number })[]} */ ([]) });
  const module = variant('muster-module.js');
  const lean = variant('lean-cluster.js');
  const whole = variant('muster-cluster.js');
  const bare = variant('bare-cluster.js');
  for (let round = 0; round < START_ROUNDS; round++) {
    const order = [module, lean, whole, bare];
    for (const { file, told } of round % 2 === 0 ? order : order.toReversed()) {
      const cluster = await startCluster(file, 4);
      told.push({ ...(await cluster.ask()), wholeMs: cluster.wholeMs });
      await cluster.stop();
    }
  }
  /** @param {'readyMs' | 'wholeMs' | 'rss'} name @param {typeof bare} of */
  const column = (name, { told }) => told.map((one) => one[name] / (name === 'rss' ? MB : 1));
  report.section('4 workers, a start (ours, bare node:cluster)');
  for (const [what, ours] of /** @type {const} */ ([
    ['a module', module],
    ['a function, lean', lean],
    ['a function, whole', whole],
  ])) {
    const ready = { ours: column('readyMs', ours), baseline: column('readyMs', bare), unit: 'ms' };
    report.compare({ what: `to all ready, ${what}`, ...ready, target: { atMost: 1.3 } });
  }
  for (const [what, one] of /** @type {const} */ ([
    ['lean', lean],
    ['whole', whole],
    ['bare', bare],
  ])) {
    const value = column('wholeMs', one);
    report.row({ what: `and with the start of the primary itself, ${what}`, value, unit: 'ms' });
  }
  const rss = { ours: column('rss', whole), baseline: column('rss', bare) };
  report.compare({ what: 'RSS of the primary', ...rss, unit: 'MB' });
  const more = rss.ours.map((mine, round) => mine - (rss.baseline[round] ?? 0));
  const note = 'target: at most 30';
  report.row({ what: 'RSS over a bare primary', value: more, unit: 'MB', note });
}
