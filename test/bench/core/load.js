/**
 * The same load on several clusters, in turns: as much as they take, and then a fixed share of it.
 *
 * How long a request takes is measured well below saturation: where workers and client want both cores at once, p99 is how
 * the kernel shares them out. At 0.4 of what the baseline reaches the p99 of one and the same program still went from 1.3
 * to 3.6 ms from one start to the next, at 0.15 from 0.79 to 0.85. Requests come at the same rate and at the same moments
 * for all, and not when an answer came (an open loop), so that those count as well that come while a worker pauses.
 *
 * Clusters are started several times: two processes of one program are not equally fast. Turns are short, so that a busy
 * moment of the machine hits all alike.
 */
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { median } from '../measure.js';
import { startCluster } from './clusters.js';

const LIVES = 3;
const WARM_UP_MS = 800;
const SATURATED = { turns: 5, ms: 400 };
const PACED = { turns: 24, ms: 250 };
const SHARE = 0.15;

/** @typedef {{ perSecond: number[], tookMs: number[][] }} Measured by turn; `tookMs` of each request */

/**
 * @param {string[]} files the last one is the baseline, whose speed sets the pace
 * @param {{ workers: number, connections: number }} options
 */
export async function measureLoad(files, { workers, connections }) {
  const measured = files.map(() => /** @type {Measured} */ ({ perSecond: [], tookMs: [] }));
  /** @type {number[]} */
  const rates = [];
  for (let life = 0; life < LIVES; life++) {
    const clusters = await inOrder(files, (file) => startCluster(file, workers));
    const client = startClient();
    for (const { port } of clusters) {
      await client.ask({ call: 'open', port, connections });
      await client.ask({ call: 'saturate', port, ms: WARM_UP_MS });
    }
    await inTurns(SATURATED.turns, files.length, async (index) => {
      const port = clusters[index]?.port;
      const perSecond = await client.ask({ call: 'saturate', port, ms: SATURATED.ms });
      measured[index]?.perSecond.push(/** @type {number} */ (perSecond));
    });
    const reached = measured.at(-1)?.perSecond.slice(-SATURATED.turns) ?? [];
    const perSecond = Math.round(SHARE * median(reached));
    rates.push(perSecond);
    await inTurns(PACED.turns, files.length, async (index, turn) => {
      const port = clusters[index]?.port;
      const seed = 1 + life * PACED.turns + turn;
      const took = await client.ask({ call: 'pace', port, ms: PACED.ms, perSecond, seed });
      measured[index]?.tookMs.push(/** @type {number[]} */ (took).map((us) => us / 1_000));
    });
    await client.stop();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
  return { measured, perSecond: Math.round(median(rates)) };
}

/**
 * Whoever comes first in one turn comes last in the next but one.
 *
 * @param {number} turns @param {number} count @param {(index: number, turn: number) => Promise<void>} measure
 */
async function inTurns(turns, count, measure) {
  for (let turn = 0; turn < turns; turn++) {
    for (let place = 0; place < count; place++) await measure((turn + place) % count, turn);
  }
}

/** @template From, To @param {From[]} all @param {(one: From) => Promise<To>} make */
async function inOrder(all, make) {
  const made = [];
  for (const one of all) made.push(await make(one));
  return made;
}

function startClient() {
  const child = fork(new URL('./load-client.js', import.meta.url));
  const gone = once(child, 'exit').then(() =>
    Promise.reject(new Error('a connection of the load client was closed')),
  );
  gone.catch(() => {});
  return {
    /** @param {object} call @returns {Promise<unknown>} */
    async ask(call) {
      child.send(call);
      return (await Promise.race([once(child, 'message'), gone]))[0];
    },
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
