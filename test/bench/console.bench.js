/**
 * What the console costs the primary of 64 workers: without it, with it while nobody looks, and with one page that does. Each worker
 * answers a few requests a second meanwhile, so that every number of a sample moves. Linux only.
 */
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketClient } from '../../packages/core/dist/extensions/control/socket-client.js';
import { freePort } from '../support/redis/free-port.js';

const WORKERS = 64;
const REQUESTS_PER_SECOND = 200;
const SETTLED_MS = 15_000;
const MEASURED_MS = 30_000;

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  if (process.platform !== 'linux') {
    report.section('console: only Linux tells the time of a process so');
    return;
  }
  report.section(
    `the primary of ${WORKERS} workers, ${REQUESTS_PER_SECOND} requests/s, over ${MEASURED_MS / 1_000} s: of one core`,
  );
  for (const console of [false, true]) {
    const port = await freePort();
    const child = fork(new URL('core/console-cluster.js', import.meta.url), {
      env: {
        ...process.env,
        PORT: String(port),
        WORKERS: String(WORKERS),
        CONSOLE: console ? '1' : '0',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [told] = await once(child, 'message');
    const load = startLoad(port);
    try {
      await sleep(SETTLED_MS);
      const what = console ? 'with a console, nobody looks' : 'without a console';
      report.row({ what, value: await share(Number(child.pid)), unit: '%' });
      if (!console) continue;
      const page = await openPage(told);
      await sleep(SETTLED_MS);
      const value = await share(Number(child.pid));
      const kilobytes = (page.bytes() / 1_024).toFixed(0);
      report.row({
        what: 'with a console, one page looks',
        value,
        unit: '%',
        note: `it has read ${kilobytes} KB`,
      });
      page.close();
    } finally {
      load();
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
}

/** The share of one core that the process takes from now on. @param {number} pid */
async function share(pid) {
  const before = cpuMs(pid);
  const start = performance.now();
  await sleep(MEASURED_MS);
  return (100 * (cpuMs(pid) - before)) / (performance.now() - start);
}

/** User and system time of all threads so far: fields 14 and 15, in hundredths of a second. @param {number} pid */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** One request after the other, evenly. Returns a function that ends it. @param {number} port */
function startLoad(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: WORKERS });
  const timer = setInterval(() => {
    get({ port, host: '127.0.0.1', agent }, (response) => response.resume()).on('error', () => {});
  }, 1_000 / REQUESTS_PER_SECOND);
  return () => {
    clearInterval(timer);
    agent.destroy();
  };
}

/** @param {{ address: string, socket: string }} told */
async function openPage({ address, socket }) {
  const control = await SocketClient.connect(socket);
  const { url } = /** @type {{ url: string }} */ (await control.call('console'));
  control.close();
  const opened = await fetch(`${address}/console/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: url.split('#t=')[1] }),
  });
  const { key } = /** @type {{ key: string }} */ (await opened.json());
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
  const sent = request(`${address}/console/api/stream`, {
    headers: { cookie, 'x-muster-console': key },
  }).end();
  const [response] = await once(sent, 'response');
  if (response.statusCode !== 200)
    throw new Error(`the stream was refused: ${response.statusCode}`);
  let bytes = 0;
  response.on('data', (/** @type {Buffer} */ chunk) => {
    bytes += chunk.length;
  });
  return { bytes: () => bytes, close: () => sent.destroy() };
}
