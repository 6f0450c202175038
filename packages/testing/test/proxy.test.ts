import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { Redis } from 'ioredis';
import { expect, inject, it, vi } from 'vitest';
import { createProxy } from '../dist/index.js';

/** Answers each line with the same. */
async function startEcho() {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

function open(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => {
    text += part;
  });
  const ended = new Promise<string>((resolve) => {
    socket.once('error', ({ message }) => resolve(message));
    socket.once('end', () => resolve('end'));
  });
  return { socket, ended, text: () => text };
}

it('passes bytes on, both ways and to the end, and resets what it cuts', async () => {
  await using echo = await startEcho();
  await using proxy = await createProxy({ to: { port: echo.port } });
  expect(proxy.url).toBe(`tcp://127.0.0.1:${proxy.port}`);
  const whole = 'x'.repeat(5_000_000);
  const one = open(proxy.port);
  one.socket.end(whole);
  expect(await one.ended).toBe('end');
  expect(one.text() === whole).toBe(true);
  await vi.waitFor(() => expect(proxy.connections).toBe(0));

  const two = open(proxy.port);
  two.socket.write('a');
  await vi.waitFor(() => expect(two.text()).toBe('a'));
  expect(proxy.connections).toBe(1);
  proxy.cut();
  expect(await two.ended).toMatch(/ECONNRESET/);
  expect(await open(proxy.port).ended).toMatch(/ECONNRESET/);
  proxy.heal();
  const three = open(proxy.port);
  three.socket.write('b');
  await vi.waitFor(() => expect(three.text()).toBe('b'));
  proxy.dropConnections();
  expect(await three.ended).toMatch(/ECONNRESET/);

  const four = open(proxy.port);
  four.socket.write('c');
  await vi.waitFor(() => expect(four.text()).toBe('c'));
  // The server resets, and so does the proxy.
  echo.sockets.at(-1)?.resetAndDestroy();
  expect(await four.ended).toMatch(/ECONNRESET/);
});

it('resets a connection whose end it is just sending, and keeps nothing of it open', async () => {
  await using echo = await startEcho();
  await using proxy = await createProxy({ to: { port: echo.port } });
  const { end }: { end: () => Socket } = Socket.prototype;
  const cuts = vi.fn(() => proxy.cut());
  const spy = vi.spyOn(Socket.prototype, 'end').mockImplementation(function (this: Socket) {
    end.call(this);
    // By then the system has been asked to shut down, and has not answered.
    if (this.localPort === proxy.port) process.nextTick(cuts);
    return this;
  });
  try {
    const { socket } = open(proxy.port);
    socket.write('a');
    await vi.waitFor(() => expect(echo.sockets).toHaveLength(1));
    echo.sockets[0]?.end();
    await vi.waitFor(() => {
      socket.write('b');
      expect(socket.destroyed).toBe(true);
    });
    expect(cuts).toHaveBeenCalledTimes(1);
  } finally {
    spy.mockRestore();
  }
});

it('holds what is sent during a stall, and delays without a change of order', async () => {
  await using echo = await startEcho();
  await using proxy = await createProxy({ to: { port: echo.port } });
  const early = open(proxy.port);
  early.socket.write('a');
  await vi.waitFor(() => expect(early.text()).toBe('a'));
  proxy.stall();
  early.socket.write('b');
  const late = open(proxy.port);
  late.socket.end('c');
  await vi.waitFor(() => expect(proxy.connections).toBe(2));
  // What is in flight on another connection to the same server comes before.
  const direct = open(echo.port);
  direct.socket.write('d');
  await vi.waitFor(() => expect(direct.text()).toBe('d'));
  expect([early.text(), late.text()]).toEqual(['a', '']);
  proxy.heal();
  expect(await late.ended).toBe('end');
  expect(late.text()).toBe('c');
  await vi.waitFor(() => expect(early.text()).toBe('ab'));

  proxy.delay(1);
  early.socket.write('1');
  await vi.waitFor(() => expect(early.text()).toBe('ab1'));
  proxy.delay(2 ** 31 - 1);
  early.socket.write('2');
  direct.socket.write('e');
  await vi.waitFor(() => expect(direct.text()).toBe('de'));
  proxy.delay(0);
  const next = open(proxy.port);
  next.socket.end('n');
  early.socket.write('3');
  expect(await next.ended).toBe('end');
  // It waits behind what is delayed, and does not overtake it.
  expect(early.text()).toBe('ab1');
  direct.socket.destroy();
});

it('stands before Redis', async () => {
  const to = new URL(inject('redisUrl'));
  to.username = 'default';
  to.pathname = '/3';
  await using proxy = await createProxy({ to });
  expect(proxy.url).toBe(`redis://default:@127.0.0.1:${proxy.port}/3`);
  const redis = new Redis({
    port: proxy.port,
    retryStrategy: () => 10,
    maxRetriesPerRequest: null,
  });
  redis.on('error', () => {});
  expect(await redis.ping()).toBe('PONG');
  proxy.cut();
  const away = redis.ping();
  proxy.heal();
  expect(await away).toBe('PONG');
  redis.disconnect();
});

it.each([
  [{ target: 'x' }, 'did you mean to?'],
  [{ to: 'nowhere' }, 'to is an address such as'],
  [{ to: 'foo://host' }, 'to is an address such as'],
  [{ to: 'redis://127.0.0.1:0' }, 'to is an address such as'],
  [{ to: { port: 0 } }, 'to.port is a whole number from 1 to 65535'],
  [{ to: { port: 1, hos: 'x' } }, 'did you mean host?'],
])('refuses the options %j', async (options, message) => {
  await expect(createProxy(options as never)).rejects.toMatchObject({
    code: 'MUSTER_INVALID_OPTION',
    message: expect.stringContaining(message),
  });
});
