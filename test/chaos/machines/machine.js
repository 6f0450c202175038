// A cluster that is one machine of a group: `node machine.js <options of machines as JSON> <workers>`. Each worker sends numbered
// messages to everybody, and asks others. What it is to do comes as lines of JSON on stdin; answers go to stdout.
import cluster from 'node:cluster';
import { createInterface } from 'node:readline';
import { startCluster } from '@muster/core';
import { startTraffic } from './traffic.js';

if (cluster.isPrimary) {
  const [options = '{}', workers = '2'] = process.argv.slice(2);
  const say = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  // Until all of them listen, what is sent to them is lost.
  let listening = 0;
  cluster.on('message', (_, message) => {
    if (message?.isListening && ++listening === Number(workers)) say({ id: 0 });
    if (message?.id !== undefined) say(message);
  });
  const running = await startCluster({
    worker: import.meta.filename,
    workers: Number(workers),
    ready: { when: 'online' },
    control: false,
    machines: JSON.parse(options),
    logger: {
      info() {},
      warn() {},
      error: (/** @type {unknown} */ fields, /** @type {string} */ line) =>
        console.error(line, fields),
    },
  });
  createInterface(process.stdin).on('line', async (text) => {
    const { id, action } = JSON.parse(text);
    if (action === 'status') say({ id, result: running.status().machines });
    else if (action === 'memory') say({ id, result: process.memoryUsage().rss });
    else if (action === 'stop') await running.stop().then(() => process.exit());
    else for (const worker of Object.values(cluster.workers ?? {})) worker?.send({ id, action });
  });
} else {
  const traffic = startTraffic();
  process.on('message', async (/** @type {{ id: number, action: 'report' | 'quiet' }} */ asked) => {
    if (asked.action in traffic) {
      const result = await traffic[asked.action]();
      process.send?.({ id: asked.id, result });
    }
  });
  process.send?.({ isListening: true });
}
