// A client with a cookie jar, as a browser has one, whose connections a test chooses.
import { Agent, request } from 'node:http';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body parsed, where it is JSON
 * @property {import('node:http').IncomingHttpHeaders} headers
 */

/**
 * Each request of the client has a new connection, so that it may land on any worker.
 *
 * @param {number} port
 */
export function createClient(port) {
  /** @type {Map<string, string>} */
  const cookies = new Map();
  const agent = new Agent({ keepAlive: false, maxSockets: 64 });

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [json] a text is sent as it is
   * @returns {Promise<Answer>}
   */
  const send = (method, path, json) =>
    new Promise((resolve, reject) => {
      const body = json === undefined || typeof json === 'string' ? json : JSON.stringify(json);
      const headers = {
        ...(cookies.size && { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }),
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      };
      const ask = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.once('error', reject);
        response.once('end', () => {
          keepCookies(cookies, response.headers['set-cookie'] ?? []);
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({
            status: response.statusCode ?? 0,
            body: isJson ? JSON.parse(text) : text,
            headers: response.headers,
          });
        });
      });
      ask.once('error', reject);
      ask.end(body);
    });

  return {
    cookies,
    get: (/** @type {string} */ path) => send('GET', path),
    /** @param {string} path @param {unknown} [json] */
    post: (path, json = {}) => send('POST', path, json),
  };
}

/**
 * @param {Map<string, string>} jar
 * @param {string[]} setCookies
 */
function keepCookies(jar, setCookies) {
  for (const text of setCookies) {
    const [, name, value, attributes] = text.match(/^([^=]+)=([^;]*)(.*)$/) ?? [];
    const expires = attributes?.match(/expires=([^;]+)/i)?.[1];
    if (!name) continue;
    if (expires && Date.parse(expires) <= Date.now()) jar.delete(name);
    else jar.set(name, value ?? '');
  }
}

/**
 * An open server-sent event stream.
 *
 * @param {number} port
 * @param {string} path
 */
export async function openEventStream(port, path) {
  const abort = new AbortController();
  const headers = { accept: 'text/event-stream' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers,
    signal: abort.signal,
  });
  /** @type {{ event: string, data: any }[]} */
  const events = [];
  const ended = read(response, events).then(
    () => 'ended',
    () => 'broke',
  );
  return { headers: response.headers, events, ended, close: () => abort.abort() };
}

/**
 * @param {Response} response
 * @param {{ event: string, data: any }[]} events
 */
async function read(response, events) {
  let rest = '';
  const text = response.body?.pipeThrough(new TextDecoderStream());
  for await (const part of /** @type {AsyncIterable<string>} */ (/** @type {unknown} */ (text))) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = block.match(/^event: (.*)\ndata: (.*)$/) ?? [];
      if (event && data) events.push({ event, data: JSON.parse(data) });
    }
  }
}
