// The demo: `pnpm demo`. This file is the primary; app.js runs in every worker.
import { availableParallelism } from 'node:os';
import { createBus, createSharedStore, startCluster } from '@muster/core';

const port = wholeNumber('PORT', 3000, 65_535);
const workers = wholeNumber('WORKERS', Math.max(2, availableParallelism()), 64);

const cluster = await startCluster({
  worker: new URL('./app.js', import.meta.url),
  workers,
  env: { PORT: String(port) },
  // Long enough for a demo; event streams are ended by app.js itself.
  drain: { timeoutMs: 5_000 },
});

const bus = createBus();

// Who is there is told to the workers whenever it changes, and to each that comes later.
const publish = () => {
  const list = cluster.workers().filter(({ state }) => state === 'ready');
  bus.broadcast('workers', list, { retain: true });
};
cluster.on('workerReady', publish);
cluster.on('workerExit', publish);
publish();
// Before anyone is told where to ask, every worker can answer.
await bus.flush();

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
