// Four workers, each with two servers of Socket.IO: one over @socket.io/cluster-adapter, one over Muster. The first worker sends, and
// each of the others counts: a client of each server what `emit` sends, the servers themselves what `serverSideEmit` sends.
// `node chat.js <rounds> <call>`; the two take turns in each round. Prints one line of JSON: messages that arrived in a second.
// @ts-check
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { createAdapter } from '@muster/adapters/socket.io';
import { createBus } from '@muster/bus';
import { forkForBus } from '../bus/muster.js';
import { load } from './stores.js';

const WORKERS = 4;
const MESSAGES = 4_000;
/** Sent in one turn of the event loop. */
const AT_ONCE = 20;
const TEXT = 'x'.repeat(60);
const KINDS = /** @type {const} */ (['cluster-adapter', 'muster']);
/** @typedef {(typeof KINDS)[number]} Kind */

const [rounds = '', call = ''] = process.argv.slice(2);
const bus = createBus();
if (cluster.isPrimary) await runPrimary(Number(rounds));
else await runWorker();

/** @param {number} rounds */
async function runPrimary(rounds) {
  load('@socket.io/cluster-adapter').setupPrimary();
  const workers = [];
  for (let n = 0; n < WORKERS; n++) workers.push(forkForBus());
  await Promise.all(workers.map((worker) => told(worker, 'ready')));
  const [sender, ...receivers] = workers;
  /** @type {Record<Kind, number[]>} */
  const perSecond = { 'cluster-adapter': [], muster: [] };
  // The first round is for the compilers.
  for (let round = 0; round <= rounds; round++) {
    for (const kind of round % 2 ? KINDS : KINDS.toReversed()) {
      const heard = receivers.map((worker) => told(worker, kind));
      const start = performance.now();
      sender?.send({ run: kind });
      await Promise.all(heard);
      const seconds = (performance.now() - start) / 1_000;
      if (round > 0) perSecond[kind].push((MESSAGES * receivers.length) / seconds);
    }
  }
  console.log(JSON.stringify(perSecond));
  for (const worker of workers) worker.process.kill('SIGKILL');
  process.exit();
}

/** @param {import('node:cluster').Worker} worker @param {string} word */
function told(worker, word) {
  return new Promise((resolve) => {
    /** @param {{ bench?: string }} message */
    const listener = (message) => {
      if (message.bench !== word) return;
      worker.off('message', listener);
      resolve(undefined);
    };
    worker.on('message', listener);
  });
}

async function runWorker() {
  const adapters = {
    'cluster-adapter': load('@socket.io/cluster-adapter').createAdapter(),
    muster: createAdapter({ bus }),
  };
  /** @type {Record<string, any>} */
  const servers = {};
  for (const kind of KINDS) servers[kind] = await serve(adapters[kind], kind);
  for (const kind of KINDS) {
    while ((await servers[kind].of('/').adapter.serverCount()) < WORKERS) await setTimeout(20);
  }
  process.on('message', async (/** @type {{ run?: Kind }} */ { run }) => {
    if (run === undefined) return;
    for (let n = 0; n < MESSAGES; n++) {
      servers[run][call]('tick', { n, text: TEXT });
      if (n % AT_ONCE === 0) await setImmediate();
    }
  });
  process.send?.({ bench: 'ready' });
}

/** With a client, but in the worker that sends. @param {unknown} adapter @param {Kind} kind */
async function serve(adapter, kind) {
  const server = createServer();
  const io = new (load('socket.io').Server)(server, { adapter });
  if (cluster.worker?.id === 1) return io;
  server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  const client = load('socket.io-client').io(url, { transports: ['websocket'] });
  let heard = 0;
  const count = () => {
    heard++;
    if (heard % MESSAGES === 0) process.send?.({ bench: kind });
  };
  client.on('tick', count);
  io.on('tick', count);
  await once(client, 'connect');
  return io;
}
