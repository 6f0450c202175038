// Clients that ask a server of this machine, one request after the other, until a test has seen enough.
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { watchForStandstill } from './standstill.js';

/** Milliseconds after which a request without an answer counts as one that never gets any. */
const PATIENCE_MS = 30_000;
/** Milliseconds between the requests of one client: the machine is to be busy, but not only with this. */
const PAUSE_MS = 3;
/** No test asks more than this. */
const MOST_REQUESTS = 200_000;

/**
 * Every second client keeps its connection, the others take a new one for each request.
 *
 * @param {number} port
 * @param {string} path
 * @param {number} clients
 */
export function startLoad(port, path, clients) {
  let answered = 0;
  let running = true;
  /** @type {Record<string, number>} how often each failure happened; `TIMEOUT` is no answer at all */
  const failures = {};

  const watch = watchForStandstill();

  const client = async (/** @type {boolean} */ keepAlive) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    let before = performance.now();
    for (let asked = 0; running && asked < MOST_REQUESTS / clients; asked += 1) {
      const began = performance.now();
      const { failure, isReused } = await ask({ host: '127.0.0.1', port, path, agent });
      // Its connection was idle for too long, because this process was: as every client, it asks again.
      const isStale = isReused && failure === 'ECONNRESET' && watch.stoodStillSince(before);
      before = began;
      if (failure && !isStale) failures[failure] = (failures[failure] ?? 0) + 1;
      if (!failure) answered += 1;
      await delay(PAUSE_MS);
    }
    agent.destroy();
  };
  const clientsDone = Array.from({ length: clients }, (_, index) => client(index % 2 === 0));

  return {
    /** Lets the requests under way end. */
    async stop() {
      running = false;
      await Promise.all(clientsDone);
      watch.end();
      return { answered, failures };
    },
  };
}

/**
 * @param {import('node:http').RequestOptions} options
 * @returns {Promise<{ failure?: string, isReused: boolean }>} the code of the failure, if there was one
 */
function ask(options) {
  return new Promise((resolve) => {
    const fail = (/** @type {NodeJS.ErrnoException} */ error) =>
      resolve({ failure: error.code ?? error.message, isReused: asked.reusedSocket });
    const asked = request(options, (response) => {
      response.once('error', fail);
      response.resume().once('end', () => resolve({ isReused: asked.reusedSocket }));
    });
    asked.setTimeout(PATIENCE_MS, () =>
      asked.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })),
    );
    asked.once('error', fail);
    asked.end();
  });
}
