/**
 * The client of the comparisons, in a process of its own: asks one request after the other on each connection, checks
 * that each answer is whole, and counts what fails by kind. Started with fork(); sends its counts when it is told to stop.
 *
 * argv: port, clients. Half of the clients keep their connection, half take a new one for each request; every second
 * request posts 16 KB and expects them back.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { watchForStandstill } from '../../../packages/testing/dist/load/standstill.js';

const [port, clients] = process.argv.slice(2).map(Number);
/** Milliseconds after which a request without an answer counts as one that never gets any. */
const PATIENCE_MS = 30_000;
/** Milliseconds between the requests of one client: the machine is to be busy, but not only with this. */
const PAUSE_MS = process.env.MUSTER_CHAOS === 'full' ? 2 : 6;
const BODY = randomBytes(16 * 1024);

const counts = { answered: 0, resets: 0, refused: 0, timeouts: 0, short: 0, other: 0 };
/** @type {Record<string, number>} */
const codes = {};
let running = true;
const watch = watchForStandstill();

/** @param {NodeJS.ErrnoException} error */
function countFailure(error) {
  const code = error.code ?? error.message;
  codes[code] = (codes[code] ?? 0) + 1;
  if (code === 'ECONNRESET' || code === 'EPIPE') counts.resets += 1;
  else if (code === 'ECONNREFUSED') counts.refused += 1;
  else if (code === 'TIMEOUT') counts.timeouts += 1;
  else if (code === 'SHORT') counts.short += 1;
  else counts.other += 1;
}

/**
 * A connection that was idle for too long, because this process was: as every client, it asks again.
 *
 * @param {NodeJS.ErrnoException & { isReused?: boolean }} error
 * @param {number} since
 */
const isStale = ({ code, isReused }, since) =>
  isReused && code === 'ECONNRESET' && watch.stoodStillSince(since);

/** @param {string} code */
const failure = (code) => Object.assign(new Error(code), { code });

/**
 * @param {Agent} agent
 * @param {Buffer | undefined} body
 * @returns {Promise<void>}
 */
function ask(agent, body) {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, agent, method: body ? 'POST' : 'GET', path: '/' },
      (response) => {
        /** @type {Buffer[]} */
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.once('error', () => reject(failure('SHORT')));
        response.once('end', () => {
          const answer = Buffer.concat(parts);
          const whole = body ? answer.equals(body) : answer.length > 0;
          if (response.statusCode === 200 && whole) resolve();
          else reject(failure('SHORT'));
        });
      },
    );
    asked.setTimeout(PATIENCE_MS, () => asked.destroy(failure('TIMEOUT')));
    asked.once('error', (error) => reject(Object.assign(error, { isReused: asked.reusedSocket })));
    asked.end(body);
  });
}

/** @param {number} index */
async function client(index) {
  const agent = new Agent({ keepAlive: index % 2 === 0, maxSockets: 1 });
  let before = performance.now();
  for (let asked = 0; running; asked += 1) {
    const began = performance.now();
    await ask(agent, asked % 2 === 1 ? BODY : undefined).then(
      () => {
        counts.answered += 1;
      },
      (error) => {
        if (!isStale(error, before)) countFailure(error);
      },
    );
    before = began;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  agent.destroy();
}

process.on('message', () => {
  running = false;
});
process.on('disconnect', () => process.exit(1));
process.send?.('running');
await Promise.all(Array.from({ length: clients ?? 1 }, (_, index) => client(index)));
process.send?.({ ...counts, codes }, () => process.exit(0));
