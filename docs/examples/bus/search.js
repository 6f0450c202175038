// A search over data that is split over the workers: `node docs/examples/bus/search.js ada`.
//
// Each worker holds a part of the names. One of them is asked, asks all, and answers for all of them. Then
// a worker is killed in the middle of a search: the others' part is still an answer.
// @ts-check

import cluster from 'node:cluster';
import { createBus } from '@muster/bus';

/**
 * What travels over this bus: `createBus` checks topics, calls and payloads against it.
 *
 * @typedef {{ 'names.loaded': { count: number }, 'names.query': string }} Events
 * @typedef {{ find: (text: string) => string[], search: (text: string) => { found: string[], missing: number } }} Calls
 */

const WORKERS = 3;
const NAMES = ['Ada', 'Adam', 'Alan', 'Barbara', 'Bada', 'Claude', 'Dennis', 'Grace', 'Radia'];

/** @type {import('@muster/bus').Bus<Events, Calls>} */
const bus = createBus();

if (cluster.isPrimary) {
  let loaded = 0;
  bus.on('names.*', (_, { topic, from }) => {
    if (topic === 'names.loaded') console.log(`slot ${from.slot} is ready (${++loaded})`);
  });
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  // Retained: a worker that starts later, or again, hears the last one as well.
  const text = process.argv[2] ?? 'ada';
  bus.broadcast('names.query', text, { retain: true });
  while (loaded < WORKERS) await bus.once('names.loaded');

  const { found } = await bus.request('worker', 'search', text);
  console.log(`all: ${found.join(', ')}`);

  cluster.workers?.[2]?.process.kill('SIGKILL');
  const rest = await bus.request(0, 'search', text);
  console.log(`without one: ${rest.found.join(', ')} (${rest.missing} missing)`);
  await bus.close();
  for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
} else {
  const { slot } = await bus.whenJoined();
  const names = NAMES.filter((_, i) => i % WORKERS === slot);
  bus.handle('find', (text) => names.filter((name) => name.toLowerCase().includes(text)));
  bus.handle('search', async (text) => {
    const { ok, failed } = await bus.gather([0, 1, 2], 'find', text, { timeoutMs: 1_000 });
    return { found: ok.flatMap(({ value }) => value).sort(), missing: failed.length };
  });
  bus.broadcast('names.loaded', { count: names.length }, { to: 'primary' });
}
