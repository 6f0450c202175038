/**
 * Every server of this process and its connections, known from `listen()` on, so that a drain can close what the app
 * opened.
 *
 * Node keeps no list of servers; wrapping `listen` is how one is had. http, https, http2 and net servers all inherit
 * this one method. Who of them listens at the moment is for listeners.ts.
 */
import type { ServerHttp2Session } from 'node:http2';
import { Server, type Socket } from 'node:net';
import { noteClose, noteListen } from './listeners.js';

export interface TrackedServer {
  readonly server: Server;
  /** The connections that are open, and how many bytes each had brought when it was ready for a first request. */
  readonly connections: ReadonlyMap<Socket, number>;
  /** Those of HTTP/2 that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

const servers = new Map<Server, TrackedServer>();
/** Connections whose first request did not come over their own handle. */
const asked = new WeakSet<Socket>();
/** No count of bytes. */
const NOTHING_LIKE = -1;
let tracking = false;
let requests = 0;

/** From here on servers are tracked. Call it before the app's code runs. */
export function trackServers(): void {
  if (tracking) return;
  tracking = true;
  const { listen, close } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    if (!servers.has(this)) track(this);
    (listen as (...args: unknown[]) => Server).apply(this, args);
    noteListen(this, args);
    return this;
  } as typeof listen;
  Server.prototype.close = function (this: Server, done) {
    close.call(this, done);
    noteClose(this);
    return this;
  };
}

function track(server: Server): void {
  const connections = new Map<Socket, number>();
  const sessions = new Set<ServerHttp2Session>();
  servers.set(server, { server, connections, sessions });
  server.once('close', () => servers.delete(server));
  // A TLS connection is told of twice: as it is accepted, and when its handshake is done.
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => {
      connections.set(socket, asked.has(socket) ? NOTHING_LIKE : socket.bytesRead);
      socket.once('close', () => connections.delete(socket));
    });
  }
  // Told apart by a property of HTTP/1: a listener for 'request' would make a server of HTTP/2 speak like one of HTTP/1.
  if ('maxHeadersCount' in server) server.on('request', countRequest);
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on('stream', countRequest);
    session.once('close', () => sessions.delete(session));
  });
}

/** Says of a connection, before its server hears of it, that it has brought something already. */
export function hasAsked(socket: Socket): void {
  asked.add(socket);
}

function countRequest(): void {
  requests += 1;
}

/** Requests of HTTP that came to this process so far, of either version. */
export function requestCount(): number {
  return requests;
}

export function trackedServers(): TrackedServer[] {
  return [...servers.values()];
}
