// Workers exchange numbered messages and requests while one is killed twice a second, and another is
// stopped for 2 s now and then. `node test/chaos/bus/chaos.js --seconds 60 --workers 8`
//
// Prints what happened as JSON, and ends with code 1 where a promise of the bus was broken.
// @ts-check

import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { createBus } from '@muster/bus';
import { takePart } from './member.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    workers: { type: 'string', default: '8' },
  },
});
const SECONDS = Number(values.seconds);
const WORKERS = Number(values.workers);
const KILL_EVERY_MS = 500;
const STOP_EVERY_MS = 3_000;
const STOP_MS = 2_000;
/** How long everything may take to come to rest at the end. */
const END_MS = 60_000;

/** Less than is sent to one that is stopped: it is full, and who sends to it waits for its credit. */
const OUTBOX_BYTES = 32 * 1024;

/** @type {import('./member.js').ChaosBus} */
const bus = createBus({ maxOutboxBytes: OUTBOX_BYTES });

if (cluster.isPrimary) {
  /** @type {string[]} */
  const violations = [];
  const violated = (/** @type {string} */ text) => {
    if (violations.length < 100) violations.push(text);
  };
  /** @type {string[]} */
  const crashes = [];
  process.on('uncaughtException', (error) => crashes.push(String(error.stack)));
  cluster.on('message', (worker, message) => {
    if (typeof message === 'string') violated(`slot of worker ${worker.id}: ${message}`);
  });
  const part = takePart(bus, violated);

  let running = true;
  let kills = 0;
  let stops = 0;
  /** @type {Set<import('node:cluster').Worker>} */
  const stopped = new Set();
  cluster.on('exit', () => {
    if (running) cluster.fork();
  });
  for (let i = 0; i < WORKERS; i++) cluster.fork();

  const victims = () =>
    Object.values(cluster.workers ?? {}).filter((one) => one && !stopped.has(one) && !one.isDead());
  const anyOf = (/** @type {any[]} */ list) => list[Math.floor(Math.random() * list.length)];
  const killing = setInterval(() => {
    const victim = anyOf(victims());
    if (!victim) return;
    victim.process.kill('SIGKILL');
    kills++;
  }, KILL_EVERY_MS);
  const stopping = setInterval(() => {
    const victim = anyOf(victims());
    if (!victim) return;
    victim.process.kill('SIGSTOP');
    stopped.add(victim);
    stops++;
    setTimeout(() => {
      victim.process.kill('SIGCONT');
      stopped.delete(victim);
    }, STOP_MS);
  }, STOP_EVERY_MS);

  /** In megabytes, once a second. @type {number[]} */
  const memory = [];
  let full = 0;
  const sampling = setInterval(() => {
    if (bus.stats().members.some((member) => member.bytes > OUTBOX_BYTES)) full++;
    memory.push(Math.round(process.memoryUsage().rss / 1e6));
  }, 1_000);

  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  clearInterval(killing);
  clearInterval(stopping);
  // Every stopped one goes on, every request settles: within its own timeout, here and in the workers.
  await new Promise((resolve) => setTimeout(resolve, STOP_MS + 500));
  part.stop();
  // A machine that is busy with other things needs longer for what is still on its way.
  const ask = () => bus.gather('worker', 'unsettled', undefined, { timeoutMs: END_MS });
  const isAtRest = (/** @type {Awaited<ReturnType<typeof ask>>} */ { ok, failed }) =>
    failed.length === 0 &&
    ok.every(({ value }) => value === 0) &&
    part.counts.unsettled === 0 &&
    bus.stats().bytes === 0;
  const ends = performance.now() + END_MS;
  let unsettled = await ask();
  while (!isAtRest(unsettled) && performance.now() < ends) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    unsettled = await ask();
  }
  if (part.counts.unsettled > 0)
    violated(`${part.counts.unsettled} requests of the primary did not settle`);
  for (const { from, value } of unsettled.ok) {
    if (value > 0) violated(`${value} requests of slot ${from.slot} did not settle`);
  }
  for (const { error } of unsettled.failed) violated(`asked at the end: ${error}`);
  const stats = bus.stats();
  if (stats.bytes > 0) violated(`${stats.bytes} bytes still wait`);
  running = false;
  clearInterval(sampling);
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');

  const half = Math.floor(memory.length / 2);
  const peak = (/** @type {number[]} */ list) => Math.max(...list);
  const growth = peak(memory.slice(half)) - peak(memory.slice(0, half));
  const result = {
    seconds: SECONDS,
    workers: WORKERS,
    kills,
    stops,
    full,
    primary: part.counts,
    dropped: stats.dropped,
    lost: stats.lost,
    badFrames: stats.badFrames,
    memory: { first: peak(memory.slice(0, half)), second: peak(memory.slice(half)), growth },
    violations,
    crashes,
  };
  const text = JSON.stringify(result, null, 2);
  const ok = violations.length === 0 && crashes.length === 0;
  process.exitCode = ok ? 0 : 1;
  if (process.send) process.send(result);
  else console.log(text);
  process.disconnect?.();
} else {
  const part = takePart(bus, (violation) => process.send?.(violation));
  // Asked at the end: also one that has started only now sends no more.
  bus.handle('unsettled', () => {
    part.stop();
    return part.counts.unsettled;
  });
}
