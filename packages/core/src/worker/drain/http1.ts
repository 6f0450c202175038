/**
 * HTTP/1 connections in a drain. Every request that arrived over one is answered, in order; the response to the newest
 * request is the last, and says `Connection: close`.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { newestResponse } from '../servers/connections.js';

type Http1Server = Server & Pick<HttpServer, 'closeIdleConnections'>;

/** HTTPS servers do as well, and HTTP/2 servers with `allowHTTP1`; other HTTP/2 servers have nothing to close. */
export function speaksHttp1(server: Server): server is Http1Server {
  return 'closeIdleConnections' in server;
}

let ending = false;

/** From here on no connection of this process is kept alive after its response. */
export function endKeepAlive(connections: Iterable<Socket>): void {
  for (const socket of connections) {
    const response = newestResponse.get(socket);
    if (response) lastIfNewest(socket, response);
  }
  if (ending) return;
  ending = true;
  // Runs before any handler of the request, whichever event Node emits for it.
  subscribe('http.server.request.start', (message) => {
    const { socket, response } = message as { socket: Socket; response: ServerResponse };
    newestResponse.set(socket, response);
    lastIfNewest(socket, response);
  });
}

/**
 * Decided as late as possible, when Node writes the head: a pipelining client may have sent another request by then, and
 * after `Connection: close` no other is answered. A connection that Node has paused has more data to parse.
 */
function lastIfNewest(socket: Socket & { _paused?: boolean }, response: ServerResponse): void {
  let keepAlive = response.shouldKeepAlive;
  Object.defineProperty(response, 'shouldKeepAlive', {
    configurable: true,
    enumerable: true,
    get: () => keepAlive && (newestResponse.get(socket) !== response || socket._paused === true),
    set(value: boolean) {
      keepAlive = value;
    },
  });
}
