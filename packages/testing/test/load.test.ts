import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { type LoadOptions, startLoad } from '../dist/index.js';

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

const load = (options: LoadOptions) => startLoad({ perSecond: 1_000_000, ...options });

it('asks as often as it is told to, half of it on kept connections', async () => {
  const seen: (string | undefined)[] = [];
  await using app = await serve((request, response) => {
    seen.push(request.headers.connection);
    response.end('ok');
  });
  const { done } = load({ url: app.url, connections: 2, requests: 40, headers: { accept: 'a' } });
  expect(await done).toMatchObject({ answered: 40, lost: [], lostCount: 0 });
  expect(seen).toHaveLength(40);
  expect(new Set(seen)).toEqual(new Set(['close', 'keep-alive']));
});

it('counts what has no answer, a broken one, one that is late, and a status that is not accepted', async () => {
  let asked = 0;
  const kinds: RequestListener[] = [
    (request) => request.socket.destroy(),
    (_, response) => {
      response.write('part');
      setImmediate(() => response.destroy());
    },
    () => {},
    (_, response) => void response.writeHead(503).end(),
    (_, response) => void response.writeHead(404).end(),
  ];
  await using app = await serve((request, response) => kinds[asked++]?.(request, response));
  const { done } = load({ url: app.url, connections: 1, requests: 5, timeoutMs: 500 });
  const { answered, lost, lostCount, longestMs } = await done;
  expect({ answered, lostCount }).toEqual({ answered: 1, lostCount: 4 });
  expect(lost.map(({ error, status }) => error ?? status)).toEqual([
    ...['ECONNRESET', 'ECONNRESET', 'TIMEOUT'],
    503,
  ]);
  expect(longestMs).toBeGreaterThan(0);
});

it('tells so far, and stops when asked to', async () => {
  await using app = await serve((_, response) => void response.writeHead(404).end());
  await using running = load({ url: app.url, accept: (status) => status === 200 });
  await vi.waitFor(() => expect(running.lostCount).toBeGreaterThan(1_000));
  const { lost, lostCount, answered } = await running.stop();
  expect(answered).toBe(0);
  expect(lost).toHaveLength(1_000);
  expect(running.lostCount).toBe(lostCount);
});

it.each([
  [{ rate: 5 }, 'did you mean perSecond?'],
  [{}, 'url is an address such as http://127.0.0.1:3000/, and not undefined'],
  [{ url: 'ftp://x' }, 'url is an address'],
  [{ url: 'http://x', connections: 0 }, 'connections is a whole number from 1 to 10000'],
  [{ url: 'http://x', requests: 1.5 }, 'requests is a whole number of at least 1, or Infinity'],
  [{ url: 'http://x', keepAlive: 'half' }, "keepAlive is true, false or 'mixed'"],
])('refuses the options %j', (options, message) => {
  expect(() => startLoad(options as never)).toThrow(message);
});
