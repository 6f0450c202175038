// All to all: `node scale.js <workers> <all | messages a second of each>`. Each worker broadcasts a small message, for 3 s,
// and hears those of all others. Prints one line of JSON.
// @ts-check

import cluster from 'node:cluster';
import { createBus } from '@muster/bus';
import { latencies } from './latencies.js';
import { forkForBus } from './muster.js';

const [workers = '4', speed = 'all'] = process.argv.slice(2);
const WORKERS = Number(workers);
const MS = 3_000;
const TICK_MS = 5;

/** @type {import('@muster/bus').Bus<Record<string, any>, Record<string, (input: any) => any>>} */
const bus = createBus({ timeoutMs: Infinity });

if (cluster.isPrimary) {
  for (let slot = 0; slot < WORKERS; slot++) forkForBus();
  while (bus.members().length <= WORKERS) await sleep(10);
  await bus.gather('worker', 'ready', null);
  // The first run is for the compilers.
  await measured(MS / 3);
  const result = await measured(MS);
  console.log(JSON.stringify(result));
  process.exit();
} else {
  const times = latencies();
  let sent = 0;
  let heard = 0;
  bus.on('data', ({ at }) => {
    heard++;
    times.add(at);
  });
  bus.handle('ready', () => bus.whenSubscribed());
  bus.handle('send', async (ms) => {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      if (speed === 'all') await burst(100);
      else {
        // What is due in one tick, on the average.
        if (Math.random() < (Number(speed) * TICK_MS) / 1_000) await burst(1);
        await sleep(TICK_MS);
      }
    }
    return sent;
  });
  /** One in a hundred is measured at full speed, and each one else. @param {number} count */
  const burst = async (count) => {
    for (let i = 0; i < count; i++) {
      const isMeasured = count === 1 || i === 0;
      await bus.broadcast('data', {
        id: ++sent,
        name: 'ada',
        at: isMeasured ? Number(process.hrtime.bigint()) : 0,
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  bus.handle('heard', () => heard);
  bus.handle('p99', () => {
    const { p99 } = times.summary();
    times.reset();
    return p99;
  });
}

/** @param {number} ms */
async function measured(ms) {
  const heardBefore = await sum('heard');
  const began = performance.now();
  const { ok } = await bus.gather('worker', 'send', ms);
  const all = ok.reduce((messages, { value }) => messages + value, 0) * (WORKERS - 1);
  let heard = await sum('heard');
  for (let still = 0; heard < all && still < 100; still++) {
    await sleep(20);
    const now = await sum('heard');
    if (now > heard) still = 0;
    heard = now;
  }
  const seconds = (performance.now() - began) / 1_000;
  const p99s = (await bus.gather('worker', 'p99', null)).ok.map(({ value }) => value);
  return {
    delivered: (heard - heardBefore) / seconds,
    p99: Math.max(...p99s) / 1_000,
    lost: all - heard,
  };
}

/** @param {string} call */
async function sum(call) {
  const { ok } = await bus.gather('worker', call, null);
  return ok.reduce((total, { value }) => total + value, 0);
}

/** @param {number} ms @returns {Promise<void>} */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
