// The bus against process.send and a primary that forwards, side by side:
// `pnpm build && node test/bench/bus.bench.js [scenario…]`.
//
// Of each scenario the medians over the rounds: messages per second, latency in microseconds, the share of
// a core that the primary uses, that per message, and the ratio that counts.
// @ts-check

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SCENARIOS } from './bus/scenarios.js';

const ROUNDS = 9;
const ROUND_MS = 400;
const run = promisify(execFile);
const wanted = process.argv.slice(2);

/** @typedef {{ perSecond: number, p50: number, p99: number, primaryCpu: number }} Measured */

let missed = 0;
for (const [name, { ratio, by }] of Object.entries(SCENARIOS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const script = fileURLToPath(new URL('./bus/cluster.js', import.meta.url));
  const { stdout } = await run(process.execPath, [script, name, `${ROUNDS}`, `${ROUND_MS}`]);
  const { raw, muster } = JSON.parse(stdout);
  const reached = median(
    raw.map((/** @type {Measured} */ one, /** @type {number} */ i) => muster[i][by] / one[by]),
  );
  const ok = by === 'p50' ? reached <= ratio : reached >= ratio;
  if (!ok) missed++;
  console.log(`bus: ${name}`);
  for (const [kind, rounds] of Object.entries({ raw, muster }))
    console.log(`  ${line(kind, rounds)}`);
  const goal = by === 'p50' ? `at most ${ratio}` : `at least ${ratio}`;
  console.log(`  ratio of ${by}: ${reached.toFixed(2)} (${goal}) ${ok ? 'ok' : 'MISSED'}`);
}
process.exitCode = missed === 0 ? 0 : 1;

/** @param {string} kind @param {Measured[]} rounds */
function line(kind, rounds) {
  const of = (/** @type {keyof Measured} */ key) => median(rounds.map((one) => one[key]));
  const perMessage = (of('primaryCpu') / of('perSecond')) * 1e6;
  return [
    kind.padEnd(7),
    `${Math.round(of('perSecond'))}/s`.padStart(10),
    `p50 ${Math.round(of('p50'))} µs`.padStart(14),
    `p99 ${Math.round(of('p99'))} µs`.padStart(14),
    `primary ${Math.round(of('primaryCpu') * 100)} %`.padStart(14),
    `${perMessage.toFixed(1)} µs a message`.padStart(20),
  ].join('  ');
}

/** @param {number[]} list */
function median(list) {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
