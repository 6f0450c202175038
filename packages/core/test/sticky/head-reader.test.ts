import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorResponses } from '../../dist/extensions/sticky/error-responses.js';
import {
  HEAD_TIMEOUT_MS,
  type HeadLimits,
  HeadReader,
} from '../../dist/extensions/sticky/head-reader.js';
import { PendingConnection } from '../../dist/extensions/sticky/pending-connection.js';
import type { TcpHandle } from '../../dist/extensions/sticky/tcp-handle.js';

/** 100 clients, each with its whole head. */
const BURST = `
  const { workerData: { port, sent } } = require('node:worker_threads');
  let count = 0;
  for (let n = 0; n < 100; n++) {
    const socket = require('node:net').connect(port, '127.0.0.1').on('error', () => {});
    socket.write('GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n', () => {
      count += 1;
      if (count < 100) return;
      Atomics.store(sent, 0, 1);
      Atomics.notify(sent, 0);
    });
  }
`;

let server: Server;
const clients: Socket[] = [];

beforeEach(async () => {
  server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server.close();
});

/** What was delivered of connections that a reader with these limits read. */
function readWith(
  limits: Partial<HeadLimits>,
  sourceOf = (address?: string): string | undefined => address,
) {
  const standard = { timeoutMs: HEAD_TIMEOUT_MS, maxReading: 100 };
  const reader = new HeadReader({ ...standard, ...limits }, new ErrorResponses(100));
  const delivered: string[] = [];
  const from: (string | undefined)[] = [];
  const { _handle: handle } = server as unknown as {
    _handle: { onconnection(error: number, connection: TcpHandle): void };
  };
  handle.onconnection = (_error, handle) => {
    const connection = new PendingConnection(handle);
    const peer: { address?: string } = {};
    handle.getpeername(peer);
    reader.read(connection, sourceOf(peer.address), (head) => {
      delivered.push(`${head ? 'head' : 'as it is'}: ${connection.bytes.length}`);
      from.push(peer.address);
      connection.drop();
    });
  };
  return { reader, delivered, from };
}

function client(...parts: string[]) {
  return clientFrom('127.0.0.1', ...parts);
}

async function clientFrom(localAddress: string, ...parts: string[]) {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  clients.push(socket);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  return { socket, answer: () => answer, closed: () => socket.closed };
}

describe('the head of a first request', () => {
  it('is put together from its parts', async () => {
    const { delivered } = readWith({});
    const { socket } = await client('GET / HT');
    socket.write('TP/1.1\r\nhost: a\r\n');
    socket.write('\r\nbody');
    await vi.waitFor(() => expect(delivered[0]).toMatch(/^head: (27|31)$/));
  });

  it('that does not come in time is answered, or closed where nothing came at all', async () => {
    const { delivered } = readWith({ timeoutMs: 1_000 });
    const slow = await client('GET / HTTP/1.1\r\nhost:');
    const silent = await client();
    await vi.waitFor(() => expect([slow.closed(), silent.closed()]).toEqual([true, true]));
    expect(slow.answer()).toContain('408 Request Timeout');
    expect(silent.answer()).toBe('');
    expect(delivered).toEqual([]);
  });

  it('that has no end is answered', async () => {
    const { delivered } = readWith({});
    const endless = await client('GET / HTTP/1.1\r\n', 'a: b\r\n'.repeat(6_000));
    await vi.waitFor(() => expect(endless.closed()).toBe(true));
    expect(endless.answer()).toContain('431 Request Header Fields Too Large');
    expect(delivered).toEqual([]);
  });

  it('is not waited for where too many are', async () => {
    const { delivered } = readWith({ maxReading: 2 });
    await client('GET /1');
    await client('GET /2');
    await client('GET /3');
    await vi.waitFor(() => expect(delivered).toHaveLength(1));
    expect(delivered[0]).toMatch(/^as it is/);
  });

  // Node accepts one connection per turn, and reads what has come in the next one.
  it('that has come already is read in any burst', async () => {
    const { delivered } = readWith({ maxReading: 4 });
    const { port } = server.address() as AddressInfo;
    const sent = new Int32Array(new SharedArrayBuffer(4));
    const crowd = new Worker(BURST, { eval: true, workerData: { port, sent } });
    // This thread accepts nothing meanwhile.
    expect(Atomics.wait(sent, 0, 0, 20_000)).not.toBe('timed-out');
    await vi.waitFor(() => expect(delivered).toHaveLength(100), 10_000);
    expect(new Set(delivered)).toEqual(new Set(['head: 27']));
    await crowd.terminate();
  });

  // Other systems have no second address of their own.
  describe.runIf(process.platform === 'linux')('where too many are read', () => {
    const few = ['127.0.0.2', '127.0.0.3'];
    async function crowd(...parts: string[]) {
      for (let n = 0; n < 40; n++) await clientFrom('127.0.0.9', ...parts);
    }

    it('is still waited for, if another source has most of them', async () => {
      const { delivered, from } = readWith({ maxReading: 16 });
      const early = await Promise.all(few.map((address) => clientFrom(address, 'GET / HTTP/1.1')));
      await crowd('GET / HTTP/1.1');
      await vi.waitFor(() => expect(from).toHaveLength(26));
      for (const { socket } of early) socket.write('\r\nhost: a\r\n\r\n');
      await vi.waitFor(() => expect(from).toHaveLength(28));
      expect(delivered.slice(-2)).toEqual(['head: 27', 'head: 27']);
      expect(new Set(from.slice(0, 26))).toEqual(new Set(['127.0.0.9']));
      expect(new Set(from.slice(26))).toEqual(new Set(few));
    });

    it('of the oldest is not, if the clients share their source or none has many', async () => {
      const shared = readWith({ maxReading: 16 }, () => undefined);
      await clientFrom('127.0.0.2', 'GET /');
      await crowd('GET /');
      await vi.waitFor(() => expect(shared.from).toHaveLength(25));
      expect(shared.from[0]).toBe('127.0.0.2');

      const spread = readWith({ maxReading: 16 });
      for (let n = 2; n < 19; n++) await clientFrom(`127.0.0.${n}`, 'GET /');
      await vi.waitFor(() => expect(spread.from).toEqual(['127.0.0.2']));
    });
  });

  it('of a client that leaves goes nowhere', async () => {
    const { reader, delivered } = readWith({});
    const leaver = await client('GET / HTTP/1.1\r\n');
    leaver.socket.destroy();
    const half = await client('GET / HTTP/1.1\r\n');
    half.socket.end();
    await vi.waitFor(() => expect(half.closed()).toBe(true));
    reader.close();
    expect(delivered).toEqual([]);
  });
});
