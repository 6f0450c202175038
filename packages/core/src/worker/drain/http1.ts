/**
 * Connections of HTTP/1 in a drain. What came over one is answered, all of it, in the order in which it came; the response to
 * the newest of its requests is the last, and says `Connection: close`.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { newestResponse } from '../servers/connections.js';

type Http1Server = Server & Pick<HttpServer, 'closeIdleConnections'>;

/** Those of HTTPS, and of HTTP/2 with `allowHTTP1`, do as well; a server of HTTP/2 without has nothing to close. */
export function speaksHttp1(server: Server): server is Http1Server {
  return 'closeIdleConnections' in server;
}

let ending = false;

/** From here on no connection of this process is kept alive once it is answered. */
export function endKeepAlive(connections: Iterable<Socket>): void {
  for (const socket of connections) {
    const response = newestResponse.get(socket);
    if (response) lastIfNewest(socket, response);
  }
  if (ending) return;
  ending = true;
  // Before any handler of the request, and whatever event Node makes of it.
  subscribe('http.server.request.start', (message) => {
    const { socket, response } = message as { socket: Socket; response: ServerResponse };
    newestResponse.set(socket, response);
    lastIfNewest(socket, response);
  });
}

/**
 * Decided as late as Node asks, which is when it writes the head: a client that pipelines may have sent another request
 * since, and after `Connection: close` no other is answered. A connection that Node has paused has more to be parsed.
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
