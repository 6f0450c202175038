// What it costs the primary that the output of workers passes through it, for `muster logs`: `pnpm bench logs`.
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';

const ROUNDS = 5;
const LASTS_MS = 2_000;
const RATES = [1_000, 50_000];
const WAYS = ['inherit', 'keep', 'prefix'];

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  report.section(
    'a worker that prints lines of 100 bytes: processor time of the primary, of one core',
  );
  for (const rate of RATES) {
    /** @type {Record<string, number[]>} */
    const percents = Object.fromEntries(WAYS.map((way) => [way, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of WAYS) percents[way]?.push(await percentOf(way, rate));
    }
    for (const way of WAYS) {
      report.row({ what: `${rate} lines/s, logs: ${way}`, value: percents[way] ?? [], unit: '%' });
    }
  }
}

/** @param {string} way @param {number} rate */
async function percentOf(way, rate) {
  const child = fork(new URL('logs/printing.js', import.meta.url), {
    env: { ...process.env, LOGS: way, RATE: String(rate), LASTS_MS: String(LASTS_MS) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ percent }] = await once(child, 'message');
  child.kill('SIGTERM');
  await once(child, 'exit');
  return percent;
}
