/**
 * The worker's side of sticky routing: `listen()` asks Muster's primary instead of node:cluster, through the function that
 * Node's servers use (`cluster._getServer`, undocumented; lib/internal/cluster/child.js shows what it must do).
 */

import cluster from 'node:cluster';
import type { AddressInfo, Server, Socket } from 'node:net';
import { clearInterval, setInterval } from 'node:timers';
import {
  type ListenQuery,
  onPrimaryMessage,
  sendToPrimary,
  type ToWorker,
} from '../../extensions/sticky/protocol.js';
import type { ServerHandle, TcpHandle } from '../../extensions/sticky/tcp-handle.js';
import { hasAsked } from './connections.js';

type Listened = (errno: number, handle: ServerHandle | null) => void;

/** TLS servers share the keys of their tickets, so that a client may resume its session with any worker. */
type ListeningServer = Server & {
  _getServerData?(): unknown;
  _setServerData?(data: unknown): void;
  _connections: number;
};

type GetServer = (
  server: ListeningServer,
  query: ListenQuery & { fd?: number },
  done: Listened,
) => void;

interface Listening {
  readonly server: ListeningServer;
  readonly handle: ServerHandle;
}

const waiting = new Map<number, (reply: ToWorker) => void>();
const listening = new Map<string, Listening>();
/** The indexes of this worker's servers, by address. */
const indexes = new Map<string, Set<number>>();
let lastId = 0;

export function listenThroughPrimary(): void {
  const internals = cluster as unknown as { _getServer: GetServer };
  const getServer = internals._getServer;
  internals._getServer = (server, query, done) => {
    // Unix sockets, UDP and inherited sockets have no distinguishable clients.
    const tcp = query.port >= 0 && (query.addressType === 4 || query.addressType === 6);
    if (!tcp || Number(query.fd) >= 0) getServer.call(cluster, server, query, done);
    else listen(server, query, done);
  };
  onPrimaryMessage((message, connection) => {
    if (message.act === 'connection') take(message, connection as TcpHandle | undefined);
    else waiting.get(message.id)?.(message);
  });
}

function listen(server: ListeningServer, query: ListenQuery, done: Listened): void {
  const { address, port, addressType, flags, backlog } = query;
  const place = `${address}:${port}:${addressType}`;
  const taken = indexes.get(place) ?? new Set();
  indexes.set(place, taken);
  let index = 0;
  while (taken.has(index)) index += 1;
  taken.add(index);

  const id = ++lastId;
  waiting.set(id, (reply) => {
    waiting.delete(id);
    if (reply.act !== 'listening') {
      taken.delete(index);
      done(reply.act === 'failed' ? reply.errno : -1, null);
      return;
    }
    server._setServerData?.(reply.data);
    const { key, sockname } = reply;
    const handle = placeholderHandle(sockname, () => {
      listening.delete(key);
      taken.delete(index);
      sendToPrimary({ act: 'close', key });
    });
    listening.set(key, { server, handle });
    done(0, handle);
  });
  server.once('listening', () => announce(server, query));
  sendToPrimary({
    act: 'listen',
    id,
    query: {
      address: address ?? null,
      port,
      addressType,
      ...(flags !== undefined && { flags }),
      ...(backlog !== undefined && { backlog }),
      index,
    },
    data: server._getServerData?.(),
  });
}

/** The placeholder for a server's handle. It keeps the process alive, as a handle would. */
function placeholderHandle(sockname: object, close: () => void): ServerHandle {
  let alive: NodeJS.Timeout | undefined;
  let open = true;
  const unref = () => {
    clearInterval(alive);
    alive = undefined;
  };
  const ref = () => {
    alive ??= setInterval(() => {}, 2 ** 31 - 1);
  };
  ref();
  return Object.assign({} as ServerHandle, {
    ref,
    unref,
    listen: () => 0,
    close() {
      if (!open) return;
      open = false;
      unref();
      close();
    },
    getsockname(out: object) {
      if (open) Object.assign(out, sockname);
      return 0;
    },
  });
}

/** node:cluster emits 'listening' in the primary upon this message. */
function announce(server: ListeningServer, { address, addressType, port }: ListenQuery): void {
  const bound = server.address() as AddressInfo | null;
  cluster.worker?.process.send?.({
    cmd: 'NODE_CLUSTER',
    act: 'listening',
    address,
    addressType,
    port: bound?.port ?? port,
  });
}

function take({ key, seq, head }: ToWorker & { act: 'connection' }, connection?: TcpHandle): void {
  const found = listening.get(key);
  const full = found && found.server._connections >= (found.server.maxConnections ?? Infinity);
  // Without a handle, the client left while the connection was on its way.
  const accepted = connection === undefined || (found !== undefined && !full);
  sendToPrimary({ act: 'answer', seq, accepted });
  if (!connection) return;
  if (!found || !accepted) connection.close();
  else if (head === undefined) found.handle.onconnection(0, connection);
  else accept(found, connection, Buffer.from(head, 'base64'));
}

/** Puts the bytes that the primary read back into the connection, before its server sees it. */
function accept({ server, handle }: Listening, connection: TcpHandle, head: Buffer): void {
  const giveBack = (socket: Socket) => {
    socket.unshift(head);
    hasAsked(socket);
  };
  server.prependOnceListener('connection', giveBack);
  handle.onconnection(0, connection);
  // If the server dropped the connection, the listener was not called.
  server.off('connection', giveBack);
}
