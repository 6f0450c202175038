// The clusters that the bench compares, each a program of this folder.
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../support/redis/free-port.js';

/** @typedef {{ readyMs: number, rss: number }} Told */

/** @param {string} file @param {number} workers */
export async function startCluster(file, workers) {
  const port = await freePort();
  const forkedAt = performance.now();
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, PORT: String(port), WORKERS: String(workers) },
    // What the primary logs would stand between the lines of the report.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    port,
    pid: Number(child.pid),
    /** From the fork of the primary until it says that all are ready. */
    wholeMs: performance.now() - forkedAt,
    /** @returns {Promise<Told>} */
    async ask() {
      child.send('ask');
      return (await once(child, 'message'))[0];
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
