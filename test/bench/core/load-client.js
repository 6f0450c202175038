// The load, in a process of its own, over keep-alive connections that stay open. Its parent sends one of
//
//   { call: 'open', port, connections }           answered with how many are open
//   { call: 'saturate', port, ms }                every connection asks again as soon as it is answered: requests per second
//   { call: 'pace', port, ms, perSecond, seed }   requests come at that rate, whatever the answers do: how long each took,
//                                                 in microseconds
// @ts-check
import { once } from 'node:events';
import { connect } from 'node:net';

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nhost: bench\r\n\r\n');
// Every answer ends with them, and comes in one piece.
const [BEFORE_LAST, LAST] = Buffer.from('r\n');

class Connection {
  /** When those came that are not answered yet; the first one is under way. @type {number[]} */
  #waiting = [];
  #socket;
  /** Told when the request came that was answered. @type {(came: number) => void} */
  answered = () => {};

  /** @param {number} port */
  constructor(port) {
    // One buffer for all answers: the client's garbage would pause it, and a pause be taken for a slow server.
    const callback = (/** @type {number} */ bytes, /** @type {Uint8Array} */ buffer) => {
      if (buffer[bytes - 1] !== LAST || buffer[bytes - 2] !== BEFORE_LAST) return true;
      const came = this.#waiting.shift() ?? 0;
      if (this.#waiting.length > 0) this.#socket.write(REQUEST);
      this.answered(came);
      return true;
    };
    const onread = { buffer: Buffer.alloc(4_096), callback };
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.opened = once(this.#socket, 'connect');
    // Nobody closes one while it is measured; the parent sees the exit.
    this.#socket.once('close', () => process.exit(1));
  }

  /** A request that came at `now`. It is sent at once, or when those before it are answered. @param {number} now */
  ask(now) {
    if (this.#waiting.push(now) === 1) this.#socket.write(REQUEST);
  }
}

/** @type {Map<number, Connection[]>} */
const opened = new Map();
const calls = { open, saturate, pace };

process.once('disconnect', () => process.exit());
process.on('message', async (/** @type {any} */ message) => {
  const call = calls[/** @type {keyof typeof calls} */ (message.call)];
  process.send?.(await call(message));
});

/** @param {{ port: number, connections: number }} asked */
async function open({ port, connections }) {
  const made = Array.from({ length: connections }, () => new Connection(port));
  await Promise.all(made.map((connection) => connection.opened));
  opened.set(port, made);
  return connections;
}

/** @param {{ port: number, ms: number }} asked */
async function saturate({ port, ms }) {
  let answers = 0;
  const end = performance.now() + ms;
  const connections = opened.get(port) ?? [];
  const busy = connections.map(
    (connection) =>
      new Promise((resolve) => {
        connection.answered = () => {
          answers++;
          if (performance.now() < end) connection.ask(0);
          else resolve(undefined);
        };
        connection.ask(0);
      }),
  );
  await Promise.all(busy);
  return (answers * 1_000) / ms;
}

/**
 * Of a Poisson process, the same for the same seed: its gaps are random. The client sleeps a millisecond at a time, since
 * one that never does takes a core from the workers; what came meanwhile comes when it wakes.
 *
 * @param {{ port: number, ms: number, perSecond: number, seed: number }} asked
 * @returns {Promise<number[]>}
 */
function pace({ port, ms, perSecond, seed }) {
  const connections = opened.get(port) ?? [];
  const gapMs = randomGaps(1_000 / perSecond, seed);
  /** @type {number[]} */
  const took = [];
  let open = 0;
  let next = 0;
  let due = performance.now();
  const end = due + ms;
  return new Promise((resolve) => {
    for (const connection of connections) {
      connection.answered = (came) => {
        took.push(Math.round((performance.now() - came) * 1_000));
        open--;
        if (open === 0 && due >= end) resolve(took);
      };
    }
    const wake = () => {
      const now = performance.now();
      for (; due <= now && due < end; due += gapMs()) {
        open++;
        connections[next++ % connections.length]?.ask(now);
      }
      if (due < end) setTimeout(wake, 1);
    };
    wake();
  });
}

/** @param {number} mean @param {number} seed from 1 */
function randomGaps(mean, seed) {
  const modulus = 2_147_483_647;
  let state = seed;
  return () => {
    state = (state * 48_271) % modulus;
    return -mean * Math.log(state / modulus);
  };
}
