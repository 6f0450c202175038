// The demo: `pnpm demo`. This file is the primary; app.js runs in every worker.
import { availableParallelism } from 'node:os';
import { createBus, createSharedStore, startCluster } from '@muster/core';

const port = wholeNumber('PORT', 3000, 65_535);
const workers = wholeNumber('WORKERS', Math.max(2, availableParallelism()), 64);

const cluster = await startCluster({
  worker: new URL('./app.js', import.meta.url),
  workers,
  env: { PORT: String(port) },
  // A visitor may press the crash button as often as they like.
  restart: { maxCrashes: 1_000 },
  // Long enough for a demo; event streams are ended by app.js itself.
  drain: { timeoutMs: 5_000 },
});

if (cluster.isPrimary) {
  const store = createSharedStore();
  const bus = createBus();

  // The workers learn from the primary who is there: kept in the store, and told whenever it changes.
  const publish = async () => {
    const list = cluster.workers().filter(({ state }) => state === 'ready');
    await store.set('workers', list);
    bus.broadcast('workers', list);
  };
  const publishOrSay = () => publish().catch((error) => console.error(`demo: ${error.message}`));
  cluster.on('workerReady', publishOrSay);
  cluster.on('workerExit', publishOrSay);
  await publish();

  const pids = cluster.workers().map(({ slot, pid }) => `${slot} (pid ${pid})`);
  console.log(`Muster demo at http://localhost:${port}`);
  console.log(`  engine   ${store.engine}`);
  console.log(`  workers  ${pids.join(', ')}`);
  console.log('Press Ctrl+C to stop; what the demo counted stays.');
}

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
