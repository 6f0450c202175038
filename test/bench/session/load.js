// A load client in a process of its own, so that it shares no event loop with what it measures.
//
// Told { port, ms, writes } it logs in, once for each connection and server, asks for as long, and tells how many requests
// were answered. `writes`: of 10 requests, how many change the session.
// @ts-check
import { once } from 'node:events';
import { createConnection } from 'node:net';

const CONNECTIONS = 32;

/** @type {Map<number, Promise<Client[]>>} */
const clients = new Map();

process.on('message', async (/** @type {{ port: number, ms: number, writes: number }} */ told) => {
  const { port, ms, writes } = told;
  const mine = clients.get(port) ?? connect(port);
  clients.set(port, mine);
  const all = await mine;
  const start = performance.now();
  const end = start + ms;
  const counts = await Promise.all(all.map((client, n) => client.run(end, writes, n)));
  const answered = counts.reduce((sum, count) => sum + count, 0);
  process.send?.({ answered, ms: performance.now() - start });
});
process.once('disconnect', () => process.exit());

/** @param {number} port */
function connect(port) {
  return Promise.all(Array.from({ length: CONNECTIONS }, () => Client.open(port)));
}

/** One keep-alive connection with a session, one request at a time. */
class Client {
  /** @type {import('node:net').Socket} */
  #socket;
  #buffer = '';
  #cookie = '';
  /** @type {(head: string) => void} */
  #answered = () => {};

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (/** @type {string} */ chunk) => this.#read(chunk));
  }

  /** @param {number} port */
  static async open(port) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    const client = new Client(socket);
    const head = await client.#ask('/login');
    client.#cookie = /set-cookie: ([^;]+)/i.exec(head)?.[1] ?? '';
    if (!client.#cookie) throw new Error(`no cookie: ${head}`);
    return client;
  }

  /** @param {number} end @param {number} writes @param {number} first */
  async run(end, writes, first) {
    let count = 0;
    for (let n = first; performance.now() < end; n++) {
      const head = await this.#ask(n % 10 < writes ? '/visit' : '/me');
      if (!head.startsWith('HTTP/1.1 200')) throw new Error(head);
      count++;
    }
    return count;
  }

  /** @param {string} path @returns {Promise<string>} */
  #ask(path) {
    return new Promise((resolve) => {
      this.#answered = resolve;
      const cookie = this.#cookie ? `Cookie: ${this.#cookie}\r\n` : '';
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${cookie}\r\n`);
    });
  }

  /** Bodies here are short, and either have a length or are chunked. @param {string} chunk */
  #read(chunk) {
    this.#buffer += chunk;
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#buffer.slice(0, end);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    const isWhole = length
      ? this.#buffer.length >= end + 4 + Number(length)
      : this.#buffer.endsWith('0\r\n\r\n');
    if (!isWhole) return;
    this.#buffer = '';
    this.#answered(head);
  }
}
