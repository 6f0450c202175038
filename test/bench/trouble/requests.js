// Good requests at a steady rate, each over a connection of its own, and who answered them.
import { get } from 'node:http';

const PATIENCE_MS = 5_000;

/**
 * @param {number} port
 * @param {string} [path]
 * @returns {Promise<string>} the pid of the worker that answered
 */
export function ask(port, path = '/') {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(body)),
      );
    });
    request.setTimeout(PATIENCE_MS, () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
}

export class Requests {
  answered = 0;
  failed = 0;
  /** When each worker answered first and last. @type {Map<string, { first: number, last: number }>} */
  #seen = new Map();
  #timer;

  /** @param {number} port @param {number} perSecond */
  constructor(port, perSecond) {
    const beganAt = performance.now();
    let asked = 0;
    // However long answers take, and however late a timer is, requests come when they come.
    this.#timer = setInterval(() => {
      const due = ((performance.now() - beganAt) * perSecond) / 1_000;
      for (; asked < due; asked += 1) void this.#ask(port);
    }, 1_000 / perSecond);
  }

  /** @param {number} port */
  async #ask(port) {
    try {
      const pid = await ask(port);
      const now = performance.now();
      this.answered += 1;
      this.#seen.set(pid, { first: this.#seen.get(pid)?.first ?? now, last: now });
    } catch {
      this.failed += 1;
    }
  }

  /** Those that have answered within the last milliseconds. @param {number} withinMs */
  servingPids(withinMs) {
    const since = performance.now() - withinMs;
    return [...this.#seen].flatMap(([pid, { last }]) => (last >= since ? [pid] : []));
  }

  /** Of the first answer of a worker that had not answered before that moment. @param {number} moment */
  newcomerAfter(moment) {
    const firsts = [...this.#seen.values()].map(({ first }) => first);
    return firsts.sort((a, b) => a - b).find((first) => first >= moment);
  }

  stop() {
    clearInterval(this.#timer);
  }
}
