// The bus against process.send and a primary that forwards, side by side: `pnpm bench bus`.
// @ts-check

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SCENARIOS } from './bus/scenarios.js';

const ROUNDS = 9;
const ROUND_MS = 400;
const CLUSTER = fileURLToPath(new URL('./bus/cluster.js', import.meta.url));
const SCALE = fileURLToPath(new URL('./bus/scale.js', import.meta.url));
const run = promisify(execFile);

/** @typedef {{ perSecond: number, p50: number, p99: number, cpu: number[] }} Measured */

/** @param {import('./report.js').Report} report */
export default async function (report) {
  for (const [name, { ratio, by, cold }] of Object.entries(SCENARIOS)) {
    const { raw, muster } = await (cold ? measureCold(name) : measure(name));
    /** @param {string} what @param {string} unit @param {(one: Measured) => number} of */
    const both = (what, unit, of) => ({ what, unit, ours: muster.map(of), baseline: raw.map(of) });

    report.section(name);
    const messages = both('messages', '/s', (one) => one.perSecond);
    const p50 = both('p50', 'µs', (one) => one.p50);
    report.compare(by === 'perSecond' ? { ...messages, target: { atLeast: ratio } } : messages);
    report.compare(by === 'p50' ? { ...p50, target: { atMost: ratio } } : p50);
    report.compare(both('p99', 'µs', (one) => one.p99));
    for (const [i, whose] of ['sender', 'primary', 'receiver'].entries()) {
      report.compare(both(`CPU of the ${whose}, a message`, 'µs', ({ cpu }) => cpu[i] ?? 0));
    }
  }
  await scale(report);
}

/** @param {string} name @returns {Promise<{ raw: Measured[], muster: Measured[] }>} */
async function measure(name) {
  const { stdout } = await run(process.execPath, [CLUSTER, name, `${ROUNDS}`, `${ROUND_MS}`]);
  return JSON.parse(stdout);
}

/** Each in processes that are new. @param {string} name */
async function measureCold(name) {
  /** @type {{ raw: Measured[], muster: Measured[] }} */
  const all = { raw: [], muster: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of /** @type {const} */ (['raw', 'muster'])) {
      const { stdout } = await run(process.execPath, [CLUSTER, name, '0', '0', kind]);
      all[kind].push(...JSON.parse(stdout)[kind]);
    }
  }
  return all;
}

/** @param {import('./report.js').Report} report */
async function scale(report) {
  for (const workers of [2, 4, 8, 16]) {
    const { stdout } = await run(process.execPath, [SCALE, `${workers}`, 'all']);
    const { delivered, p99, lost } = JSON.parse(stdout);
    report.section(`${workers} workers, all to all, each awaits its broadcasts`);
    report.row({ what: 'delivered', value: delivered, unit: '/s' });
    report.row({ what: 'p99', value: p99, unit: 'ms', note: '<= 250 ms' });
    report.row({ what: 'lost', value: lost, unit: '', note: 'none' });
  }
  const { stdout } = await run(process.execPath, [SCALE, '16', '200']);
  const { delivered, p99 } = JSON.parse(stdout);
  report.section('16 workers, all to all, each 200 messages a second');
  report.row({ what: 'delivered', value: delivered, unit: '/s' });
  report.row({ what: 'p99', value: p99, unit: 'ms', note: '<= 10 ms' });
}
