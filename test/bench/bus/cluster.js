// One scenario in a cluster of its own: `node cluster.js <scenario> <rounds> <ms>`. In each round the raw
// version and the bus take turns in the same processes, so that a busy moment of the machine hits both; a cold one
// has `node cluster.js <scenario> 0 0 <raw or muster>`. Prints one line of JSON.
// @ts-check

import cluster from 'node:cluster';
import { once } from 'node:events';
import { latencies } from './latencies.js';
import { connectMuster, forkForBus } from './muster.js';
import { connectRaw } from './raw.js';
import { PAYLOADS, scenarioOf } from './scenarios.js';

const [name = '', rounds = '5', ms = '500', only] = process.argv.slice(2);
const scenario = scenarioOf(name);
const links = { raw: connectRaw(), muster: connectMuster() };
const KINDS = /** @type {('raw' | 'muster')[]} */ (['raw', 'muster']).filter(
  (kind) => only === undefined || kind === only,
);

if (cluster.isPrimary) {
  /** @type {import('node:cluster').Worker[]} */
  const workers = [];
  for (let slot = 0; slot <= scenario.receivers; slot++) {
    const worker = forkForBus();
    workers.push(worker);
    await answer(worker, 'ready');
  }
  const [sender, receiver] = /** @type {import('node:cluster').Worker[]} */ (workers);
  if (!sender || !receiver) throw new Error('There are a sender and a receiver at least.');
  /** In microseconds. */
  const cpuOfAll = async () => {
    const { user, system } = process.cpuUsage();
    return [await cpuOf(sender), user + system, await cpuOf(receiver)];
  };
  /** @type {Record<string, object[]>} */
  const results = { raw: [], muster: [] };
  // The first round is for the compilers.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const kind of KINDS) {
      const before = await cpuOfAll();
      sender.send({ run: kind });
      const result = await answer(sender, 'result');
      const after = await cpuOfAll();
      const cpu = after.map((micros, i) => (micros - (before[i] ?? 0)) / result.messages);
      if (round > 0 || scenario.cold) results[kind]?.push({ ...result, cpu });
    }
  }
  console.log(JSON.stringify(results));
  for (const worker of workers) worker.process.kill('SIGKILL');
  process.exit();
} else {
  const payload = { ...PAYLOADS[scenario.payload](), at: 0 };
  const slot = Number(cluster.worker?.id) - 1;
  for (const kind of KINDS) await links[kind]?.serve(scenario, slot);
  process.on('message', async (/** @type {any} */ message) => {
    if (message.cpu) {
      const { user, system } = process.cpuUsage();
      process.send?.({ micros: user + system });
    }
    const link = links[/** @type {'raw' | 'muster'} */ (message.run)];
    if (!link) return;
    const end = performance.now() + Number(ms);
    const result = await (scenario.request
      ? askAll(link, payload, end)
      : sendAll(link, payload, end));
    process.send?.({ result });
  });
  process.send?.({ ready: true });
}

/** @param {import('node:cluster').Worker} worker @returns {Promise<number>} */
function cpuOf(worker) {
  worker.send({ cpu: true });
  return answer(worker, 'micros');
}

/** @param {import('node:cluster').Worker} worker @param {string} what @returns {Promise<any>} */
async function answer(worker, what) {
  for (;;) {
    const [message] = await once(worker, 'message');
    if (typeof message === 'object' && what in message) return message[what];
  }
}

/**
 * Streams messages with at most `window` unconfirmed ones; a receiver confirms every `every`.
 *
 * @param {import('./raw.js').Link} link @param {{ at: number }} payload @param {number} end
 */
async function sendAll(link, payload, end) {
  const { window, every, turn, receivers, cold } = scenario;
  const times = latencies();
  let sent = 0;
  /** @type {number[]} */
  const confirmed = new Array(receivers).fill(0);
  const lowest = () => Math.min(...confirmed);
  let wake = () => {};
  link.onConfirm((from, at) => {
    confirmed[from - 1] = (confirmed[from - 1] ?? 0) + every;
    times.add(at);
    wake();
  });
  const started = performance.now();
  let now = started;
  while (cold ? sent < cold : now < end || sent % every !== 0) {
    for (let i = 0; i < turn && sent - lowest() < window && !(cold && sent === cold); i++) {
      sent++;
      payload.at = sent % every === 0 ? Number(process.hrtime.bigint()) : 0;
      link.send(payload);
    }
    if (sent - lowest() >= window) {
      await new Promise((resolve) => {
        wake = () => resolve(undefined);
      });
    } else await new Promise((resolve) => setImmediate(resolve));
    now = performance.now();
  }
  // The rest of what was sent arrives before the other version has its turn.
  while (lowest() < sent) {
    await new Promise((resolve) => {
      wake = () => resolve(undefined);
    });
  }
  const perSecond = (sent / (performance.now() - started)) * 1_000;
  return { messages: sent, perSecond, ...times.summary() };
}

/**
 * Keeps `window` requests in flight.
 *
 * @param {import('./raw.js').Link} link @param {{ at: number }} payload @param {number} end
 */
async function askAll(link, payload, end) {
  const times = latencies();
  let answered = 0;
  const started = performance.now();
  const one = async () => {
    while (performance.now() < end) {
      const at = Number(process.hrtime.bigint());
      await link.ask(payload);
      times.add(at);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: scenario.window }, one));
  const perSecond = (answered / (performance.now() - started)) * 1_000;
  return { messages: answered, perSecond, ...times.summary() };
}
