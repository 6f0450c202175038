// Clients that ask a server of this machine, one request after the other, until a test has seen enough.
import { startLoad as start } from '@muster/testing';

/** Requests of one client in a second, at most: the machine is to be busy, but not only with this. */
const PER_SECOND = 300;
/** No test asks more than this. */
const MOST_REQUESTS = 200_000;

/**
 * Every second client keeps its connection, the others take a new one for each request. Any status is an answer.
 *
 * @param {number} port
 * @param {string} path
 * @param {number} clients
 */
export function startLoad(port, path, clients) {
  const load = start({
    url: new URL(path, `http://127.0.0.1:${port}`),
    connections: clients,
    perSecond: clients * PER_SECOND,
    requests: MOST_REQUESTS,
    accept: () => true,
  });
  return {
    /** Lets the requests under way end. `failures`: how often each happened; `TIMEOUT` is no answer at all. */
    async stop() {
      const { answered, lost } = await load.stop();
      /** @type {Record<string, number>} */
      const failures = {};
      for (const { error = '' } of lost) failures[error] = (failures[error] ?? 0) + 1;
      return { answered, failures };
    },
  };
}
