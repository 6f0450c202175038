// Clients that ask a server of this machine, one request after the other, until a test has seen enough.
import { Agent, request } from 'node:http';

/** Milliseconds after which a request without an answer counts as one that never gets any. */
const PATIENCE_MS = 10_000;
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

  const client = async (/** @type {boolean} */ keepAlive) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    for (let asked = 0; running && asked < MOST_REQUESTS / clients; asked += 1) {
      const failure = await ask({ host: '127.0.0.1', port, path, agent });
      if (failure) failures[failure] = (failures[failure] ?? 0) + 1;
      else answered += 1;
    }
    agent.destroy();
  };
  const clientsDone = Array.from({ length: clients }, (_, index) => client(index % 2 === 0));

  return {
    /** Lets the requests under way end. */
    async stop() {
      running = false;
      await Promise.all(clientsDone);
      return { answered, failures };
    },
  };
}

/**
 * @param {import('node:http').RequestOptions} options
 * @returns {Promise<string | undefined>} the code of the failure, if there was one
 */
function ask(options) {
  return new Promise((resolve) => {
    const asked = request(options, (response) => {
      response.once('error', (error) => resolve(codeOf(error)));
      response.resume().once('end', () => resolve(undefined));
    });
    asked.setTimeout(PATIENCE_MS, () =>
      asked.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })),
    );
    asked.once('error', (error) => resolve(codeOf(error)));
    asked.end();
  });
}

/** @param {NodeJS.ErrnoException} error */
function codeOf(error) {
  return error.code ?? error.message;
}
