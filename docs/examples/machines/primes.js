// Counts prime numbers with the workers of all machines. Start it once without a number, as a machine that helps, and once with one,
// and with the number of workers to wait for:
//
//   REDIS_URL=redis://127.0.0.1:6379 node docs/examples/machines/primes.js
//   REDIS_URL=redis://127.0.0.1:6379 node docs/examples/machines/primes.js 5000000 4
//
// Each free worker gets the next piece. The piece of a worker that dies, or whose machine is gone, is done by another one. Both stay,
// and help the next one.
// @ts-check

import { setTimeout } from 'node:timers/promises';
import { createBus, startCluster } from '@muster/core';

/** @typedef {{ primes: (range: { from: number, to: number }) => number }} Calls */

const PIECE = 20_000;
const [below = 0, atLeast = 1] = process.argv.slice(2).map(Number);

await startCluster({
  // On the Redis of the store.
  machines: true,
  workers: 2,
  worker() {
    /** @type {import('@muster/bus').Bus<object, Calls>} */
    const bus = createBus();
    bus.handle('primes', countPrimes);
  },
});

/** @type {import('@muster/bus').Bus<object, Calls>} */
const bus = createBus();
bus.onJoined(({ machine, slot }) => console.log(`${machine}/${slot} is here`));
const workers = () => bus.members().filter(({ role }) => role === 'worker');
if (below > 0) {
  while (workers().length < atLeast) await setTimeout(50);
  const { count, machines } = await countOnAll();
  console.log(`${count} primes below ${below}, counted by ${machines.join(', ')}`);
}

async function countOnAll() {
  /** @type {{ from: number, to: number }[]} */
  const pieces = [];
  for (let from = 0; from < below; from += PIECE) {
    pieces.push({ from, to: Math.min(from + PIECE, below) });
  }
  let left = pieces.length;
  let count = 0;
  const machines = new Set();
  await new Promise((done) => {
    /** @param {import('@muster/bus').Member} member */
    const giveWork = async ({ machine, slot, role }) => {
      if (role !== 'worker') return;
      for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
        try {
          const found = await bus.request({ machine, slot: Number(slot) }, 'primes', piece);
          count += found;
          machines.add(machine);
          if (--left === 0) done(undefined);
        } catch (error) {
          pieces.push(piece);
          console.log(`${machine}/${slot}: ${error}`);
          return;
        }
      }
    };
    bus.onJoined(giveWork);
    for (const member of workers()) giveWork(member);
  });
  return { count, machines: [...machines].sort() };
}

/** @param {{ from: number, to: number }} range */
function countPrimes({ from, to }) {
  let count = 0;
  for (let number = Math.max(2, from); number < to; number++) {
    let factor = 2;
    while (factor * factor <= number && number % factor !== 0) factor++;
    if (factor * factor > number) count++;
  }
  return count;
}
