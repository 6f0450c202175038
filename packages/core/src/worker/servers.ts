/**
 * Every server of this process and its connections, known from `listen()` on, so that a drain can close what the app
 * opened.
 *
 * Node keeps no list of servers; wrapping `listen` is how one is had. http, https, http2 and net servers all inherit
 * this one method.
 */
import { Server, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/** Server to the connections that it has open. */
const servers = new Map<Server, Set<Socket>>();
let tracking = false;

/** From here on servers are tracked. Call it before the app's code runs. */
export function trackServers(): void {
  if (tracking) return;
  tracking = true;
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    if (!servers.has(this)) track(this);
    return (listen as (...args: unknown[]) => Server).apply(this, args);
  } as typeof listen;
}

function track(server: Server): void {
  const connections = new Set<Socket>();
  servers.set(server, connections);
  server.once('close', () => servers.delete(server));
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
}

export function trackedServers(): [server: Server, connections: ReadonlySet<Socket>][] {
  return [...servers];
}

/**
 * Settles when every tracked server listens. One that fails to is not heard here: it is for the app to handle its
 * 'error', and for Node to end the process where the app does not.
 */
export async function allListening(): Promise<void> {
  for (const server of servers.keys()) {
    if (server.listening) continue;
    await new Promise<void>((resolve) => {
      for (const event of ['listening', 'close']) server.once(event, () => resolve());
    });
  }
}
