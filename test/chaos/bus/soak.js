// All members send to all at half of the speed that they reach, for long: nothing is lost, and no process grows.
// `node test/chaos/bus/soak.js --seconds 600`
//
// Prints what happened as JSON.
// @ts-check

import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { createBus } from '@muster/bus';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' } } });
const SECONDS = Number(values.seconds);
const WORKERS = 3;
const MEMBERS = WORKERS + 1;
/** How long the speed is measured. */
const FULL_SPEED_MS = 1_500;
const TICK_MS = 10;
/** At each of so many ticks a value is retained, and its topic is one of so many. */
const RETAIN_EVERY = 10;
const TOPICS = 50;
const text = 'x'.repeat(80);

/** @typedef {{ count: number, heard: Record<string, number>, gaps: number, wrong: number, rss: number[], dropped: number }} Told */
/** @type {import('@muster/bus').Bus<Record<string, any>, Record<string, (input: any) => any>>} */
const bus = createBus({ timeoutMs: 60_000 });

let count = 0;
let gaps = 0;
let wrong = 0;
/** @type {Record<string, number>} */
const heard = {};
/** In megabytes, once a second. @type {number[]} */
const rss = [];
let stopped = false;
/** @type {Promise<unknown>} */
let done = Promise.resolve();
let turn = 0;

bus.on('numbered', ({ n }, { from }) => {
  if (n !== (heard[from.slot] ?? 0) + 1) gaps++;
  heard[from.slot] = n;
});
bus.handle('echo', (n) => n);
bus.on('begin', (rate) => {
  done = send(rate);
});
bus.on('stop', () => {
  stopped = true;
});
bus.handle('speed', fullSpeed);
bus.handle('told', async () => {
  await done;
  return /** @type {Told} */ ({ count, heard, gaps, wrong, rss, dropped: bus.stats().dropped });
});

async function say() {
  await bus.broadcast('numbered', { n: ++count, text });
}

/** @returns {Promise<number>} how many a millisecond */
async function fullSpeed() {
  const began = performance.now();
  const before = count;
  while (performance.now() - began < FULL_SPEED_MS) await say();
  return (count - before) / (performance.now() - began);
}

/** @param {number} rate a millisecond */
async function send(rate) {
  const sampling = setInterval(() => rss.push(Math.round(process.memoryUsage().rss / 1e6)), 1_000);
  const began = performance.now();
  const before = count;
  for (let tick = 0; !stopped; tick++) {
    const due = (performance.now() - began) * rate - (count - before);
    for (let i = 0; i < due && !stopped; i++) await say();
    const answer = await bus.request(tick % WORKERS, 'echo', tick);
    if (answer !== tick) wrong++;
    if (tick % RETAIN_EVERY === 0) {
      await bus.broadcast(`value.${bus.self.slot}.${turn++ % TOPICS}`, text, { retain: true });
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  clearInterval(sampling);
  await bus.flush();
}

if (cluster.isPrimary) {
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  let ready = 0;
  bus.on('ready', () => ready++);
  while (ready < WORKERS) await new Promise((resolve) => setTimeout(resolve, 10));
  const all = [...Array.from({ length: WORKERS }, (_, slot) => slot), 'primary'];
  /** All at once, as it will be. @type {number[]} */
  const speeds = await Promise.all(all.map((to) => bus.request(to, 'speed', null)));
  const speed = speeds.reduce((sum, one) => sum + one, 0);
  bus.broadcast('begin', speed / MEMBERS / 2, { self: true });
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  bus.broadcast('stop', null, { self: true });
  const ask = () => Promise.all(all.map((to) => bus.request(to, 'told', null)));
  // What each sent has arrived when each has heard as much of all others.
  /** @type {Told[]} */
  let told;
  const ends = performance.now() + 60_000;
  do told = await ask();
  while (performance.now() < ends && told.some((_, i) => missingOf(told, all, i) > 0));
  const result = {
    seconds: SECONDS,
    perSecond: { full: Math.round(speed * 1_000), half: Math.round((speed / 2) * 1_000) },
    sent: told.reduce((sum, one) => sum + one.count, 0),
    missing: told.map((_, i) => missingOf(told, all, i)),
    gaps: told.map((one) => one.gaps),
    wrong: told.map((one) => one.wrong),
    dropped: told.map((one) => one.dropped),
    memory: told.map((one) => growthOf(one.rss)),
  };
  if (process.send) process.send(result);
  else console.log(JSON.stringify(result, null, 2));
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  process.disconnect?.();
} else {
  await bus.whenSubscribed();
  while (bus.members().length < MEMBERS) await new Promise((resolve) => setTimeout(resolve, 10));
  bus.broadcast('ready', null, { to: 'primary' });
}

/** How many messages of others one has not heard. @param {Told[]} told @param {(number | string)[]} all @param {number} i */
function missingOf(told, all, i) {
  return all.reduce(
    (/** @type {number} */ sum, slot, j) =>
      j === i ? sum : sum + (told[j]?.count ?? 0) - (told[i]?.heard[slot] ?? 0),
    0,
  );
}

/**
 * The highest of the second quarter, and of the last: before it, the heap finds its size. Of a short run nothing can be said.
 *
 * @param {number[]} rss
 */
function growthOf(rss) {
  const quarter = Math.floor(rss.length / 4);
  if (quarter < 5) return { first: 0, last: 0, growth: 0 };
  const peak = (/** @type {number[]} */ list) => Math.max(0, ...list);
  const [first, last] = [peak(rss.slice(quarter, 2 * quarter)), peak(rss.slice(-quarter))];
  return { first, last, growth: last - first };
}
