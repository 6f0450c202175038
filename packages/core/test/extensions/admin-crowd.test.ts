// The admin endpoint while others hold connections to it: a health check is answered as if they were not there.
import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';

let deployment: Deployment;
let port: number;
const crowd: Socket[] = [];

beforeAll(async () => {
  deployment = await createDeployment();
  const program = deployment.start(['server.cjs', '-w', '1', '--admin', '0']);
  const [, found] = await program.printed(/admin endpoint is http:\/\/127\.0\.0\.1:(\d+)\./);
  await program.printed(/worker 0 .* is ready/);
  port = Number(found);
});

afterAll(() => deployment[Symbol.asyncDispose]());

afterEach(() => {
  for (const socket of crowd.splice(0)) socket.destroy();
});

/** A client of another kind: `begin` says what it does once it is connected. */
async function join(count: number, begin: (socket: Socket) => void): Promise<void> {
  const connected = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    crowd.push(socket);
    return once(socket, 'connect').then(() => begin(socket));
  });
  await Promise.all(connected);
}

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const asked = request({ host: '127.0.0.1', port, path, headers, method, agent: false }).end();
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** What is said to these bytes until the connection ends. */
async function saidTo(bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(bytes);
  return await text(socket);
}

const dribble = (socket: Socket) => {
  socket.write('GET /status HTTP/1.1\r\n');
  const timer = setInterval(() => socket.write('a: b\r\n'), 100);
  socket.once('close', () => clearInterval(timer));
};

describe('a health check', () => {
  const kinds: [what: string, begin: (socket: Socket) => void][] = [
    ['say nothing', () => {}],
    ['never end their head', dribble],
    ['do not read', (socket) => socket.pause().write('GET /status HTTP/1.1\r\nHost: a\r\n\r\n')],
    [
      'never end their body',
      (socket) => socket.write('GET /healthz HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 9\r\n\r\n'),
    ],
  ];

  for (const count of [64, 200, 1_000]) {
    it.each(kinds)(`is answered beside ${count} who %s`, async (_what, begin) => {
      await join(count, begin);
      for (let n = 0; n < 5; n++) {
        expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
      }
    });
  }

  it('is answered while ever more come', async () => {
    let coming = true;
    const crowding = (async () => {
      while (coming && crowd.length < 2_000) await join(50, () => {});
    })();
    for (let n = 0; n < 10; n++) expect(await ask('/healthz')).toMatchObject({ status: 200 });
    coming = false;
    await crowding;
  });
});

it('sends away those who say nothing, and those who never end what they say', async () => {
  await join(10, () => {});
  await join(10, dribble);
  await Promise.all(crowd.map((socket) => socket.resume().closed || once(socket, 'close')));
});

it('shares a scrape among those who ask at the same time', async () => {
  const pages = await Promise.all(Array.from({ length: 20 }, () => ask('/metrics')));
  expect(new Set(pages.map(({ body }) => body)).size).toBeLessThan(pages.length);
});

describe('the admin endpoint', () => {
  it.each([
    ['evil.example', 421],
    [`evil.example:80`, 421],
    ['localhost', 200],
    ['127.0.0.1:1', 200],
  ])('answers a request for the host %s with %i', async (host, status) => {
    for (const path of ['/healthz', '/status', '/metrics']) {
      expect(await ask(path, { host })).toMatchObject({ status });
    }
  });

  it('answers a request for two hosts with neither', async () => {
    const two =
      'GET /status HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\nHost: evil.example\r\n\r\n';
    expect(await saidTo(two)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'BREW'])(
    'answers %s with 405',
    async (method) => {
      const said = await saidTo(
        `${method} /status HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n`,
      );
      expect(said).toMatch(/^HTTP\/1\.1 405 /);
      expect(said).toMatch(/^Allow: GET, HEAD\r$/im);
    },
  );

  it('answers CONNECT with 405, and HEAD without a body', async () => {
    expect(await saidTo('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      / 405 /,
    );
    const head = await ask('/status', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
  });

  it.each([
    ['Content-Length: 5\r\n\r\nhello', 413],
    ['Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 413],
    ['Content-Length: 5\r\nExpect: 100-continue\r\n\r\n', 413],
    [`a: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
  ])('refuses a body, and a head that is too long: %s', async (rest, status) => {
    const said = await saidTo(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${rest}`);
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(said).toMatch(/^Connection: close\r$/im);
  });

  it('answers HTTP/1.0, which has no Host', async () => {
    expect(await saidTo('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/ 200 OK\r\n.*\r\n\r\nok\n$/s);
  });

  it('keeps a connection that is used', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let n = 0; n < 5; n++) {
      const asked = get({ host: '127.0.0.1', port, path: '/healthz', agent });
      const [response] = await once(asked, 'response');
      ports.add(asked.socket?.localPort);
      await text(response);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
});
