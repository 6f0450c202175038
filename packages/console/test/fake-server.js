// The server of the console, as far as the page can tell, over a simulated cluster. It keeps the policy for content of the real
// one, so that a page that breaks it fails here as well.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { readPage } from '@muster/console';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { SimulatedCluster } from './simulated-cluster.js' */

export const TOKEN = 'a-good-token';
const KEY = 'a-key';
const POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');
/** Wrong tokens in a row, after which none is read. */
const WRONG = 3;

/** @param {SimulatedCluster} cluster */
export async function startFakeServer(cluster) {
  const files = await readPage();
  /** @type {Set<ServerResponse>} */
  const streams = new Set();
  /** The actions that were asked for. @type {{ name: string, body: unknown }[]} */
  const actions = [];
  let wrong = 0;
  let lastEvent = 100;
  let isAway = false;

  const tell = (/** @type {string} */ name, /** @type {unknown} */ data) => {
    for (const stream of streams) stream.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const timer = setInterval(() => tell('sample', cluster.sample(Date.now())), 1_000);

  /** @type {[RegExp, (match: RegExpExecArray) => unknown][]} */
  const answers = [
    [/^slot\/(\d+)$/, ([, slot]) => cluster.slot(Number(slot))],
    [/^history\/(\d+)$/, ([, slot]) => cluster.history(Number(slot))],
    [/^store$/, () => cluster.store()],
    [/^queue\/[^/]+\/failed$/, () => failedJobs()],
    [/^logs$/, () => ({ lines: logLines() })],
  ];

  const server = createServer(async (request, response) => {
    if (isAway) return response.destroy();
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    const path = pathname.replace(/^\/console\//, '');
    const file = files.get(path === '' ? 'index.html' : path);
    if (file) return response.setHeader('content-type', file.type).end(file.body);
    if (path === 'session') return session(request, response);
    const isKnown =
      request.headers['x-muster-console'] === KEY && request.headers.cookie?.includes('console=1');
    if (!isKnown) return refuse(response, 401, 'There is no such session');
    const call = path.replace(/^api\//, '');
    if (call === 'stream') return stream(response);
    if (call.startsWith('actions/')) return action(call.slice(8), request, response);
    for (const [pattern, answer] of answers) {
      const match = pattern.exec(call);
      if (match) return json(response, 200, answer(match));
    }
    return refuse(response, 404, 'There is nothing here');
  });

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  async function session(request, response) {
    const { token } = /** @type {{ token: string }} */ (await bodyOf(request));
    if (wrong >= WRONG) {
      response.setHeader('retry-after', '42');
      return refuse(response, 429, 'Too many wrong tokens');
    }
    if (token !== TOKEN) {
      wrong++;
      return refuse(response, 401, 'This token is not valid');
    }
    response.setHeader('set-cookie', 'console=1; HttpOnly; SameSite=Strict; Path=/console');
    return json(response, 200, { key: KEY });
  }

  /** @param {ServerResponse} response */
  function stream(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: hello\ndata: ${JSON.stringify(cluster.hello())}\n\n`);
    streams.add(response);
    response.once('close', () => streams.delete(response));
  }

  /** @param {string} name @param {IncomingMessage} request @param {ServerResponse} response */
  async function action(name, request, response) {
    actions.push({ name, body: await bodyOf(request) });
    if (name === 'retry') return json(response, 200, { retried: true });
    if (name === 'profile') {
      response.setHeader('content-disposition', 'attachment; filename="slot-1.cpuprofile"');
      return json(response, 200, { nodes: [] });
    }
    const operation = `${name}-1`;
    json(response, 202, { operation });
    const text = `${name} done`;
    return tell('event', {
      id: ++lastEvent,
      at: Date.now(),
      level: 'info',
      type: 'action.done',
      text,
      operation,
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/console/`,
    actions,
    /** Sends an event of the stream to every page. */
    tell,
    /** Ends every connection, and answers nobody until it becomes another cluster. */
    leave() {
      isAway = true;
      server.closeAllConnections();
    },
    /** @param {SimulatedCluster} other */
    become(other) {
      isAway = false;
      wrong = 0;
      cluster = other;
      for (const open of streams) open.destroy();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param {ServerResponse} response @param {number} status @param {unknown} value */
function json(response, status, value) {
  return response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify(value));
}

/** @param {ServerResponse} response @param {number} status @param {string} message */
function refuse(response, status, message) {
  return json(response, status, { error: { code: 'MUSTER_TEST', message } });
}

/** @param {IncomingMessage} request */
async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

function failedJobs() {
  const error = { name: 'Error', message: 'SMTP 550: no such mailbox', code: 'EENVELOPE' };
  const times = { addedAt: Date.now() - 90_000, failedAt: Date.now() - 30_000 };
  const job = (/** @type {string} */ id) => ({ id, attempts: 3, maxAttempts: 3, ...times, error });
  return { jobs: [job('welcome-7'), job('welcome-9')], more: false };
}

function logLines() {
  return Array.from({ length: 300 }, (_, index) => ({
    at: Date.now() - (300 - index) * 400,
    slot: index % 4,
    generation: 1,
    stream: index % 9 === 0 ? 'stderr' : 'stdout',
    text:
      index % 9 === 0
        ? 'warning: \u001b[33mslow\u001b[0m query \u0007 <b>412 ms</b>'
        : `GET /orders/${index} 200 ${index % 40} ms`,
  }));
}
