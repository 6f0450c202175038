/**
 * Closes a server so that no client notices: the lazy drain of FACTS.md ("Draining").
 *
 * New connections go to other workers at once. A request that still comes in over a kept-alive connection is
 * answered, with `Connection: close`. Idle connections stay open for a moment, since a request may be on its
 * way over one, and are closed then.
 */
import { Server as HttpServer, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import type { TrackedServer } from './servers.js';

/** Milliseconds that idle connections stay open: more than a request needs to arrive. */
const IDLE_MS = 1_000;
/** Milliseconds between looks at connections that became idle since. */
const SWEEP_MS = 250;

/**
 * Settles when the last connection is closed; never rejects. HTTP of either version is drained; what goes on over a
 * plain TCP connection only the app knows, and it is waited for.
 */
export async function lazyClose({ server, connections, sessions }: TrackedServer): Promise<void> {
  // HTTP/2 has a word for it: GOAWAY. Requests under way are answered, and the client opens no new ones.
  for (const session of sessions) session.close();
  if (server instanceof HttpServer || server instanceof HttpsServer) {
    for (const socket of connections.keys()) endAfterResponse(socket);
    await lazyCloseHttp(server, connections);
  } else {
    await close(server);
  }
}

/**
 * Makes the response under way on this connection its last. Node keeps it on the socket as `_httpMessage`: not
 * documented, but there since its first versions, and what http-terminator relies on, too.
 */
function endAfterResponse(socket: Socket & { _httpMessage?: ServerResponse }): void {
  const response = socket._httpMessage;
  if (response) response.shouldKeepAlive = false;
}

async function lazyCloseHttp(
  server: HttpServer | HttpsServer,
  connections: TrackedServer['connections'],
): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  // Since Node 19 close() also closes the idle connections; that is what loses requests.
  server.closeIdleConnections = () => {};
  const closed = close(server);
  Reflect.deleteProperty(server, 'closeIdleConnections');

  let sweep: NodeJS.Timeout | undefined;
  // After a turn that was long, timers run before what came over connections meanwhile is read: read it first.
  const closeIdle = () => setImmediate(closeWhatIsIdle);
  const closeWhatIsIdle = () => {
    server.closeIdleConnections();
    // Node counts one that has never sent anything as busy; browsers and balancers open them ahead of use.
    for (const [socket, bytes] of connections) if (socket.bytesRead === bytes) socket.destroy();
  };
  const firstSweep = setTimeout(() => {
    closeIdle();
    sweep = setInterval(closeIdle, SWEEP_MS);
  }, IDLE_MS);
  await closed;
  clearTimeout(firstSweep);
  clearInterval(sweep);
}

/** `close()` fails only where the server does not listen, which is what was wanted. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
