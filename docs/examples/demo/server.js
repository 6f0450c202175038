// The demo: `pnpm demo`. This file is the primary; app.js runs in every worker. With `--machines`, and with a Redis in REDIS_URL, it is one
// machine of several: start another one with another PORT.
import { availableParallelism } from 'node:os';
import { createBus, createSharedStore, startCluster } from '@muster/core';
import { keepDirectory } from './directory.js';
import { keepJournal } from './journal.js';
import { requireFreePort } from './port.js';

const port = wholeNumber('PORT', 3000, 65_535);
const workers = wholeNumber('WORKERS', Math.max(2, availableParallelism()), 64);
await requireFreePort(port, process.env.HOST || '127.0.0.1');

//#region cluster
const cluster = await startCluster({
  worker: new URL('./app.js', import.meta.url),
  workers,
  env: { PORT: String(port) },
  drain: { timeoutMs: 5_000 },
  // So long a reload watches its first new worker, the canary.
  reload: { watchMs: 1_000 },
  ...(process.argv.includes('--machines') && { machines: true }),
});

const bus = createBus();
bus.handle('reload', () => {
  if (cluster.status().operation) return false;
  // One after the other; what was accepted is answered.
  cluster.reload().catch(console.error);
  return true;
});
//#endregion

const { backMs } = keepJournal(cluster);
// Before anyone is told where to ask, every worker can answer.
await keepDirectory(cluster, backMs);

const pids = cluster.workers().map(({ slot, pid }) => `${slot} (pid ${pid})`);
console.log(`Muster demo at http://localhost:${port}`);
console.log(`  engine   ${createSharedStore().engine}`);
console.log(`  workers  ${pids.join(', ')}`);
console.log('Press Ctrl+C to stop; what the demo counted stays.');

/**
 * @param {string} name
 * @param {number} standard
 * @param {number} most
 */
function wholeNumber(name, standard, most) {
  const given = process.env[name] || standard;
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  console.error(`demo: ${name}=${given} is not a whole number from 1 to ${most}.`);
  process.exit(2);
}
