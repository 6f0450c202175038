// The worker of one machine: does what the bench tells it over a socket, by the way that its environment names.
// @ts-check
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { latencies } from '../bus/latencies.js';
import { PAYLOADS } from '../bus/scenarios.js';
import { contenders } from './contenders.js';

/** How many messages a receiver confirms at once, and how many of them may be on their way. */
const EVERY = 500;
const WINDOW = 8_000;
/** How many messages are sent in one turn of the event loop. */
const TURN = 100;

/** Takes its place; what it is told comes from the bench. */
export async function work() {
  const {
    BENCH_WAY = '',
    BENCH_URL = '',
    BENCH_NAME = '',
    BENCH_PORT,
    BENCH_OTHERS,
    BENCH_BATCH,
  } = process.env;
  const others = Number(BENCH_OTHERS);
  const socket = connect(Number(BENCH_PORT), '127.0.0.1').setNoDelay();
  socket.once('close', () => process.exit());
  const say = (/** @type {object} */ message) => socket.write(`${JSON.stringify(message)}\n`);

  let heard = 0;
  const way = await contenders[BENCH_WAY]?.({
    url: BENCH_URL,
    name: BENCH_NAME,
    others,
    batch: Number(BENCH_BATCH),
    heard() {
      heard += 1;
      if (heard % EVERY === 0) say({ confirm: heard });
    },
  });
  if (!way) throw new Error(`There is no ${BENCH_WAY}`);

  /** @type {Map<string, number>} */
  const confirmed = new Map();
  /** How many messages all others have confirmed. */
  let lowest = 0;
  let wake = () => {};

  /** @param {number} ms */
  async function send(ms) {
    confirmed.clear();
    lowest = 0;
    const room = () =>
      new Promise((resolve) => {
        wake = () => resolve(undefined);
      });
    const payload = PAYLOADS.small();
    const started = performance.now();
    let sent = 0;
    while (performance.now() - started < ms || sent % EVERY !== 0) {
      for (let more = 0; more < TURN && sent - lowest < WINDOW; more++) {
        sent++;
        void way?.send(payload);
      }
      if (sent - lowest >= WINDOW) await room();
      else await new Promise((resolve) => setImmediate(resolve));
    }
    while (lowest < sent) await room();
    return { sent, perSecond: (sent / (performance.now() - started)) * 1_000 };
  }

  /** @param {number} count */
  async function ask(count) {
    const times = latencies();
    const payload = PAYLOADS.small();
    for (let asked = 0; asked < count; asked++) {
      const at = Number(process.hrtime.bigint());
      await way?.ask?.(payload);
      times.add(at);
    }
    return times.summary();
  }

  for (;;) {
    if (way.knows()) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  say({ ready: BENCH_NAME });
  createInterface({ input: socket }).on('line', async (line) => {
    const told = JSON.parse(line);
    if (told.reset) heard = 0;
    if (told.reset) say({ done: true });
    if (told.send) say({ done: await send(told.send) });
    if (told.ask) say({ done: await ask(told.ask) });
    if (told.confirmed) {
      confirmed.set(told.by, told.confirmed);
      if (confirmed.size === others) lowest = Math.min(...confirmed.values());
      wake();
    }
  });
}

if (process.env.BENCH_ALONE) await work();
