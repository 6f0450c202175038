// What a job costs while others wait: one to add, and one to take, run and settle, at 1,000 waiting jobs and at 1,000,000.
// @ts-check
import { performance } from 'node:perf_hooks';
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/store';

const FEW = 1_000;
const MANY = 1_000_000;
/** As many jobs are added in one call. */
const CHUNK = 1_000;
/** A slow machine measures with as many as it can add in this time. */
const FILL_MS = 240_000;
const SAMPLES = 300;
const DATA = { user: 'ada' };

/** @typedef {{ waiting: number, add: number[], take: number[] }} Costs microseconds */

/** @param {string} url of a store @returns {Promise<{ few: Costs, many: Costs }>} */
export async function costsOfWaiting(url) {
  const store = createSharedStore({ url, deadlineMs: 60_000 });
  const queue = createQueue({ store, name: 'waiting', maxBytes: Infinity });
  try {
    await fill(queue, FEW);
    // Not the first ones, in which everything is compiled.
    await costs(queue);
    const few = await costs(queue);
    await fill(queue, MANY);
    return { few, many: await costs(queue) };
  } finally {
    await queue.close();
    await store.close();
  }
}

/** @param {import('@muster/queue').Queue<object>} queue @param {number} wanted */
async function fill(queue, wanted) {
  const end = performance.now() + FILL_MS;
  const { waiting } = await queue.counts();
  for (let left = wanted - waiting; left > 0 && performance.now() < end; left -= CHUNK) {
    await queue.addMany(Array.from({ length: Math.min(left, CHUNK) }, () => ({ data: DATA })));
  }
}

/** As many are taken as are added. @param {import('@muster/queue').Queue<object>} queue @returns {Promise<Costs>} */
async function costs(queue) {
  const { waiting } = await queue.counts();
  const add = [];
  for (let n = 0; n < SAMPLES; n++) {
    const start = performance.now();
    await queue.add(DATA);
    add.push((performance.now() - start) * 1_000);
  }
  /** @type {number[]} */
  const take = [];
  await new Promise((resolve) => {
    let last = performance.now();
    const worker = queue.work(() => {
      const now = performance.now();
      take.push((now - last) * 1_000);
      last = now;
      if (take.length === SAMPLES) worker.close().then(resolve);
    });
  });
  return { waiting, add, take };
}
