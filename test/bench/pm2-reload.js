/**
 * Reloads under load, Muster beside PM2: the same app, the same client, the same number of workers. PM2 is no dependency:
 * it is installed into a temporary folder, which is removed afterwards. Asked for by name, and by nothing else:
 * `node test/bench/pm2-reload.js [reloads] [workers]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/redis/free-port.js';
import { installPm2, pm2Of } from './trouble/pm2.js';

const [reloads = 20, workers = 2] = process.argv.slice(2).map(Number);
const CLIENTS = 8;
const file = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const APP = file('../chaos/core/app.js');

/** @typedef {{ reload(): Promise<unknown>, stop(): Promise<unknown> }} Running */

/** @param {number} port @returns {Promise<Running>} */
async function startMuster(port) {
  const options = { worker: APP, workers, control: false, reload: { watchMs: 100 } };
  const env = { ...process.env, PORT: String(port), CLUSTER_OPTIONS: JSON.stringify(options) };
  const child = fork(file('../chaos/core/primary.js'), [], { env, cwd: folder, silent: true });
  child.stdout?.resume();
  child.stderr?.resume();
  /** @param {(message: any) => boolean} wanted @returns {Promise<any>} */
  const heard = async (wanted) => {
    for (;;) {
      const [message] = await once(child, 'message');
      if (wanted(message)) return message;
    }
  };
  let id = 0;
  await heard(({ event }) => event === 'up');
  return {
    async reload() {
      id += 1;
      child.send({ id, call: 'reload', args: [] });
      const { error } = await heard((message) => message.id === id);
      if (error) throw Object.assign(new Error(error.message), error);
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** @param {Record<string, string>} more @returns {(port: number) => Promise<Running>} */
function startPm2(more) {
  return async (port) => {
    const env = { ...process.env, ...more, PORT: String(port), PM2_HOME: join(folder, '.pm2') };
    const pm2 = pm2Of(folder, env);
    await pm2('start', APP, '--name', 'app', '-i', String(workers), '--wait-ready');
    return { reload: () => pm2('reload', 'app'), stop: () => pm2('kill') };
  };
}

/** @param {string} name @param {(port: number) => Promise<Running>} start */
async function measure(name, start) {
  const port = await freePort();
  const running = await start(port);
  try {
    const client = fork(file('../chaos/core/load-client.js'), [String(port), String(CLIENTS)]);
    await once(client, 'message');
    const began = performance.now();
    for (let done = 0; done < reloads; done += 1) await running.reload();
    const seconds = Math.round((performance.now() - began) / 1_000);
    client.send('stop');
    const [{ codes, ...counts }] = await once(client, 'message');
    console.log(name.padEnd(34), JSON.stringify({ reloads, seconds, ...counts }));
  } finally {
    await running.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'muster-pm2-'));
try {
  const version = await installPm2(folder);
  console.log(`pm2@${version}`, `${workers} workers, ${CLIENTS} clients`);
  await measure('muster', startMuster);
  await measure('pm2 reload', startPm2({}));
  await measure('pm2 reload, app closes on SIGINT', startPm2({ CLOSE_ON_SIGINT: 'yes' }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
