/**
 * Tracks every server of this process and its connections from `listen()` on, so that a drain can close what the app opened.
 *
 * Node keeps no list of servers, so `listen` is wrapped; http, https, http2 and net servers all inherit this one method.
 * listen-tracker.ts knows which of them listen at the moment.
 */
import { Server } from 'node:net';
import { type Connections, trackConnections } from './connections.js';
import { noteClose, noteListen } from './listen-tracker.js';

export interface TrackedServer {
  readonly server: Server;
  readonly connections: Connections;
}

const servers = new Map<Server, TrackedServer>();
let tracking = false;

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
  servers.set(server, { server, connections: trackConnections(server) });
  server.once('close', () => servers.delete(server));
}

export function trackedServers(): TrackedServer[] {
  return [...servers.values()];
}
