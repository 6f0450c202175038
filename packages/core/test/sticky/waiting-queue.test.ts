import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PendingConnection } from '../../dist/extensions/sticky/pending-connection.js';
import type { TcpHandle } from '../../dist/extensions/sticky/tcp-handle.js';
import { SharedPlaces, WaitingQueue } from '../../dist/extensions/sticky/waiting-queue.js';

interface Client {
  readonly connection: PendingConnection;
  readonly name: string;
}

let server: Server;
const arrived: PendingConnection[] = [];

beforeEach(async () => {
  server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { _handle: handle } = server as unknown as {
    _handle: { onconnection(error: number, connection: TcpHandle): void };
  };
  handle.onconnection = (_error, connection) => {
    arrived.push(new PendingConnection(connection));
  };
});

afterEach(() => {
  for (const connection of arrived.splice(0)) connection.drop();
  server.close();
});

async function client(name: string): Promise<Client> {
  const before = arrived.length;
  connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  await vi.waitFor(() => expect(arrived.length).toBe(before + 1));
  return { connection: arrived.at(-1) as PendingConnection, name };
}

it('full queues of some workers make room for clients of another one', async () => {
  const places = new SharedPlaces();
  const givenUp: string[] = [];
  const limits = { max: 3, maxInAll: 6, maxBytes: 1_000, timeoutMs: 60_000 };
  const queue = () => new WaitingQueue<Client>(limits, places, ({ name }) => givenUp.push(name));
  const [a, b, c] = [queue(), queue(), queue()];
  for (let n = 1; n <= 3; n++) {
    expect(a.join(await client(`a${n}`))).toBe(true);
    expect(b.join(await client(`b${n}`))).toBe(true);
  }
  expect(a.join(await client('a4'))).toBe(false);
  expect(c.join(await client('c1'))).toBe(true);
  expect(c.join(await client('c2'))).toBe(true);
  expect(givenUp.sort()).toEqual(['a3', 'b3']);
  // Now all are equal.
  for (const one of [a, b, c]) expect(one.join(await client('more'))).toBe(false);
  expect([a.length, b.length, c.length, places.taken]).toEqual([2, 2, 2, 6]);

  for (const one of [a, b, c]) one.takeAll(() => true);
  expect([places.taken, places.queues.size]).toEqual([0, 0]);
});
