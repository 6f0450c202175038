/**
 * The connections of a server, with what a drain has to know of each. Kept from `listen()` on, since Node tells of them
 * only as they come.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';

/** A connection that was given to another protocol: no longer one of HTTP. */
export interface Upgraded {
  /** As the client asked for it, in lower case. */
  readonly protocol: string;
  /** Bytes that had been sent over it by then: where there are no more, the upgrade was not answered yet. */
  readonly sentBefore: number;
}

export interface Connections {
  /** Those that are open, and how many bytes each had brought when it was ready for a first request. */
  readonly open: ReadonlyMap<Socket, number>;
  readonly upgraded: ReadonlyMap<Socket, Upgraded>;
  /** The sessions of HTTP/2 that are open, and the streams in them. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly streams: ReadonlySet<ServerHttp2Stream>;
}

/** Of each connection of HTTP/1, the response to the newest of its requests. */
export const newestResponse = new WeakMap<Socket, ServerResponse>();
/** Connections whose first request did not come over their own handle. */
const asked = new WeakSet<Socket>();
/** No count of bytes. */
const NOTHING_LIKE = -1;
let requests = 0;

export function trackConnections(server: Server): Connections {
  const open = new Map<Socket, number>();
  const upgraded = new Map<Socket, Upgraded>();
  const sessions = new Set<ServerHttp2Session>();
  const streams = new Set<ServerHttp2Stream>();

  // A TLS connection is told of twice: as it is accepted, and when its handshake is done.
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => {
      open.set(socket, asked.has(socket) ? NOTHING_LIKE : socket.bytesRead);
      socket.once('close', () => open.delete(socket));
    });
  }
  // A listener for 'request' would make a server of HTTP/2 that has none speak like one of HTTP/1.
  if ('maxHeadersCount' in server || server.listenerCount('request') > 0) {
    server.on('request', ({ httpVersionMajor, socket }: IncomingMessage, response) => {
      // Those of HTTP/2 are counted as streams.
      if (httpVersionMajor > 1) return;
      requests += 1;
      newestResponse.set(socket, response);
    });
  }
  followListeners(server, 'upgrade', ({ headers }: IncomingMessage, socket: Socket) => {
    const protocol = headers.upgrade?.toLowerCase() ?? '';
    upgraded.set(socket, { protocol, sentBefore: socket.bytesWritten });
    socket.once('close', () => upgraded.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('stream', (stream) => {
      requests += 1;
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
    });
  });
  return { open, upgraded, sessions, streams };
}

/**
 * Listens to an event of the server for as long as the app does: whether anybody listens for 'upgrade' decides what Node
 * makes of a request for one.
 */
function followListeners<Args extends unknown[]>(
  server: Server,
  event: string,
  listener: (...args: Args) => void,
): void {
  const ours = listener as (...args: unknown[]) => void;
  const follow = () => {
    if (!server.listeners(event).includes(ours)) server.prependListener(event, ours);
  };
  if (server.listenerCount(event) > 0) follow();
  server.on('newListener', (name, added) => {
    if (name === event && added !== ours) follow();
  });
  server.on('removeListener', (name, removed) => {
    if (name === event && removed !== ours && server.listenerCount(event) === 1) {
      server.off(event, ours);
    }
  });
}

/** Says of a connection, before its server hears of it, that it has brought something already. */
export function hasAsked(socket: Socket): void {
  asked.add(socket);
}

/** Requests of HTTP that came to this process so far, of either version. */
export function requestCount(): number {
  return requests;
}
