/**
 * The connections of a server, with what a drain has to know about each. Tracked from `listen()` on, because Node announces
 * them only as they arrive.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { timeStream } from './response-times.js';

/** A connection that was upgraded to another protocol, and no longer speaks HTTP. */
export interface Upgraded {
  /** The protocol that the client requested, in lower case. */
  readonly protocol: string;
  /** Bytes that had been sent over it by then. If there are no more, the upgrade was not answered yet. */
  readonly sentBefore: number;
}

export interface Connections {
  /** Open connections, with the bytes that each had received when it was ready for a first request. */
  readonly open: ReadonlyMap<Socket, number>;
  readonly upgraded: ReadonlyMap<Socket, Upgraded>;
  /** The open HTTP/2 sessions, and their streams. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly streams: ReadonlySet<ServerHttp2Stream>;
}

/** For each HTTP/1 connection, the response to its newest request. */
export const newestResponse = new WeakMap<Socket, ServerResponse>();
/** Connections whose first request was read before they had their handle. */
const asked = new WeakSet<Socket>();
/** Not a possible count of bytes. */
const NOTHING_LIKE = -1;
let requests = 0;

export function trackConnections(server: Server): Connections {
  const open = new Map<Socket, number>();
  const upgraded = new Map<Socket, Upgraded>();
  const sessions = new Set<ServerHttp2Session>();
  const streams = new Set<ServerHttp2Stream>();

  // A TLS connection is announced twice: when it is accepted, and when its handshake is done.
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => {
      open.set(socket, asked.has(socket) ? NOTHING_LIKE : socket.bytesRead);
      socket.once('close', () => open.delete(socket));
    });
  }
  // With a listener for 'request', an HTTP/2 server that has none would behave like an HTTP/1 server.
  if ('maxHeadersCount' in server || server.listenerCount('request') > 0) {
    server.on('request', ({ httpVersionMajor, socket }: IncomingMessage, response) => {
      // HTTP/2 requests are counted as streams.
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
      timeStream(stream);
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
    });
  });
  return { open, upgraded, sessions, streams };
}

/**
 * Listens to an event of the server only while the app does: whether anybody listens for 'upgrade' decides how Node handles
 * such a request.
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

/** Marks a connection, before its server sees it, as one that has already sent something. */
export function hasAsked(socket: Socket): void {
  asked.add(socket);
}

/** HTTP requests received by this process so far, of either version. */
export function requestCount(): number {
  return requests;
}
