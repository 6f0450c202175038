// Over TLS. Not every redis-server is built with it: a proxy that ends it stands before the server.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { createSharedStore, type SharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { generate } from 'selfsigned';
import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest';
import { ENDED_BY_ITSELF, leaveOpen } from '../support/leave-open.js';

const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
  keyType: 'ec',
  extensions: [
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ],
});
const { hostname, port: redisPort } = new URL(inject('redisUrl'));
const sockets = new Set<Socket>();
const proxy = createServer({ cert, key }, (client) => {
  const upstream = connect(Number(redisPort), hostname);
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => other.destroy());
    socket.pipe(other);
  }
}).listen(0, '127.0.0.1');
await once(proxy, 'listening');
const { port } = proxy.address() as AddressInfo;

const cut = () => {
  for (const socket of sockets) socket.destroy();
};
afterAll(async () => {
  cut();
  proxy.close();
  await once(proxy, 'close');
});

const opened: SharedStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

describe('over TLS', () => {
  it('a store works like a client that trusts the server, and connects again', async () => {
    const redis = new Redis({ host: '127.0.0.1', port, tls: { ca: cert }, lazyConnect: true });
    const store = createSharedStore({ redis, keyPrefix: `muster-tls:${process.pid}:` });
    opened.push(store);
    await store.set('key', { text: 'é'.repeat(50_000) });
    expect(await store.get('key')).toEqual({ text: 'é'.repeat(50_000) });
    const many = Array.from({ length: 200 }, (_, n) => store.increment('n', n));
    expect((await Promise.all(many)).at(-1)).toBe(19_900);
    cut();
    await vi.waitFor(() => expect(store.status).toBe('degraded'));
    expect(await store.increment('n')).toBe(19_901);
    await store.clear();
  });

  it('a store that is left open keeps no process alive', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-tls-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, cert);
    const ended = await leaveOpen([`rediss://localhost:${port}`], { NODE_EXTRA_CA_CERTS: file });
    expect(ended).toEqual(ENDED_BY_ITSELF);
  });

  it('a rediss URL checks who answers', async () => {
    const store = createSharedStore({ url: `rediss://localhost:${port}`, deadlineMs: 2_000 });
    opened.push(store);
    await vi.waitFor(() =>
      expect(store.get('key')).rejects.toMatchObject({
        code: 'MUSTER_STORE_UNREACHABLE',
        message: expect.stringMatching(/self-signed certificate/),
      }),
    );
  });
});
