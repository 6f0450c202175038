// The bus against process.send and a primary that forwards, side by side: `pnpm bench bus`.
// @ts-check

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SCENARIOS } from './bus/scenarios.js';

const ROUNDS = 9;
const ROUND_MS = 400;
const CLUSTER = fileURLToPath(new URL('./bus/cluster.js', import.meta.url));
const run = promisify(execFile);

/** @typedef {{ perSecond: number, p50: number, p99: number, primaryCpu: number }} Measured */

/** @param {import('./report.js').Report} report */
export default async function (report) {
  for (const [name, { ratio, by }] of Object.entries(SCENARIOS)) {
    const { stdout } = await run(process.execPath, [CLUSTER, name, `${ROUNDS}`, `${ROUND_MS}`]);
    /** @type {{ raw: Measured[], muster: Measured[] }} */
    const { raw, muster } = JSON.parse(stdout);
    /** @param {string} what @param {string} unit @param {(one: Measured) => number} of */
    const both = (what, unit, of) => ({ what, unit, ours: muster.map(of), baseline: raw.map(of) });

    report.section(name);
    const messages = both('messages', '/s', (one) => one.perSecond);
    const p50 = both('p50', 'µs', (one) => one.p50);
    report.compare(by === 'perSecond' ? { ...messages, target: { atLeast: ratio } } : messages);
    report.compare(by === 'p50' ? { ...p50, target: { atMost: ratio } } : p50);
    report.compare(both('p99', 'µs', (one) => one.p99));
    report.compare(both('CPU of the primary', '%', (one) => one.primaryCpu * 100));
    report.compare(
      both('CPU of the primary, a message', 'µs', (one) => (one.primaryCpu / one.perSecond) * 1e6),
    );
  }
}
