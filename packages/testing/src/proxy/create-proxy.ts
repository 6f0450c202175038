// A TCP proxy whose connections a test breaks.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { OptionNames } from '@muster/codec/options';
import { checkNames, whole } from '../checks.js';
import type { ProxyOptions, TcpProxy } from '../testing.js';
import { reset } from './reset.js';
import { type Road, travel } from './travel.js';
import { addressed, OWN_HOST, upstreamOf } from './upstream.js';

const NAMES: OptionNames = {
  known: new Set(['to', 'port']),
  aliases: { target: [['to']], url: [['to']], upstream: [['to']] },
};

/**
 * Listens on 127.0.0.1, and passes every connection on to `to`.
 *
 * ```js
 * const proxy = await createProxy({ to: 'redis://127.0.0.1:6379' });
 * const store = createSharedStore({ url: proxy.url });
 * proxy.cut(); // Redis is away
 * proxy.heal();
 * ```
 *
 * It passes bytes on as they are: with TLS, a client that checks names finds a certificate of another host.
 *
 * @throws InvalidOptionError
 * @throws the error of the system if it cannot listen, such as `EADDRINUSE`
 */
export async function createProxy(options: ProxyOptions): Promise<TcpProxy> {
  checkNames('createProxy()', options, NAMES);
  const wanted = whole('port', options.port ?? 0, { max: 65_535 });
  const { host, port: upstreamPort, url } = upstreamOf(options.to);
  const sockets = new Set<Socket>();
  const pairs = new Set<Socket>();
  const road: Road = { isOpen: true, delayMs: 0, waiting: new Set() };
  let isCut = false;

  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.unref();
    socket.on('error', () => reset(other));
    socket.once('close', () => {
      sockets.delete(socket);
      if (!socket.readableEnded) reset(other);
    });
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (isCut) {
      client.on('error', () => {}).resetAndDestroy();
      return;
    }
    const upstream = connect({ host, port: upstreamPort, allowHalfOpen: true });
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    keep(client, upstream);
    keep(upstream, client);
    pairs.add(client);
    client.once('close', () => pairs.delete(client));
    travel(client, upstream, road);
    travel(upstream, client, road);
  });
  server.unref();
  server.listen(wanted, OWN_HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const dropConnections = () => {
    for (const socket of [...sockets]) reset(socket);
  };
  const setOpen = (isOpen: boolean) => {
    road.isOpen = isOpen;
    for (const look of [...road.waiting]) look();
  };
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    isCut = true;
    dropConnections();
    await closed;
  };

  return {
    url: addressed(url, port),
    port,
    get connections() {
      return pairs.size;
    },
    cut() {
      isCut = true;
      dropConnections();
    },
    stall: () => setOpen(false),
    heal() {
      isCut = false;
      setOpen(true);
    },
    delay(ms) {
      road.delayMs = whole('ms', ms, { max: 2 ** 31 - 1 });
    },
    dropConnections,
    close,
    [Symbol.asyncDispose]: close,
  };
}
