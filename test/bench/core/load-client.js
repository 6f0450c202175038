// The load, in a process of its own: so many keep-alive connections, each with one request under way. For each
// `{ port, connections, ms }` that its parent sends, it answers `{ perSecond, p50, p99 }`, in milliseconds.
// @ts-check
import { connect } from 'node:net';
import { quantile } from '../measure.js';

const REQUEST = 'GET / HTTP/1.1\r\nhost: bench\r\n\r\n';

process.on('message', async ({ port, connections, ms }) => {
  const latencies = await load(port, connections, ms);
  process.send?.({
    perSecond: (latencies.length * 1_000) / ms,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  });
});

/** @param {number} port @param {number} connections @param {number} ms @returns {Promise<number[]>} */
async function load(port, connections, ms) {
  /** @type {number[]} */
  const latencies = [];
  const end = performance.now() + ms;
  const client = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let asked = 0;
      let tail = '';
      const ask = () => {
        asked = performance.now();
        socket.write(REQUEST);
      };
      socket.setNoDelay(true);
      socket.setEncoding('latin1');
      socket.once('connect', ask);
      // The body of every answer ends with the only line that ends with "worker".
      socket.on('data', (text) => {
        tail = String(text).slice(-8);
        if (!tail.endsWith('worker\n')) return;
        const now = performance.now();
        latencies.push(now - asked);
        if (now < end) ask();
        else socket.end();
      });
      socket.once('error', reject);
      socket.once('close', resolve);
    });
  await Promise.all(Array.from({ length: connections }, client));
  return latencies;
}
