/**
 * Closes a server so that no client notices. New connections go to other workers at once. A request that still comes in
 * over an open connection is answered. Idle connections stay open for a moment, since a request may be on its way over
 * one, and are closed then.
 */

import type { Server } from 'node:net';
import { clearInterval, setImmediate, setInterval, setTimeout } from 'node:timers';
import type { TrackedServer } from '../servers/servers.js';
import { endKeepAlive, speaksHttp1 } from './http1.js';
import { goAway, speaksHttp2 } from './http2.js';

/** Milliseconds that idle connections stay open: more than a request needs to arrive. */
const IDLE_MS = 1_000;
/** Milliseconds between looks at connections that became idle since. */
const SWEEP_MS = 250;

export interface ClosingServer extends TrackedServer {
  /** Settles when no more requests can come over its connections. Of a protocol that is not HTTP nothing is known. */
  readonly quiet: Promise<unknown>;
  /** Settles when the last connection is closed. */
  readonly closed: Promise<void>;
}

/** What it gives back never rejects. */
export function closeServer({ server, connections }: TrackedServer): ClosingServer {
  const closed = stopAccepting(server);
  if (!speaksHttp1(server) && !speaksHttp2(server)) {
    return { server, connections, closed, quiet: Promise.resolve() };
  }
  const goings = [...connections.sessions].map(goAway);
  server.on('session', (session) => goings.push(goAway(session)));
  endKeepAlive(connections.open.keys());
  const swept = sweepIdle({ server, connections }, closed);
  const quiet = Promise.race([closed, swept.then(() => Promise.all(goings))]);
  return { server, connections, closed, quiet };
}

/**
 * For the app the server is as it was: that it is closed already is no error where the app closes it, too
 * (`server.close()` in a listener for SIGTERM).
 */
function stopAccepting(server: Server): Promise<void> {
  // Since Node 19 close() also closes the idle connections; that is what loses requests.
  if (speaksHttp1(server)) server.closeIdleConnections = () => {};
  // It fails only where the server does not listen, which is what is wanted.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  Reflect.deleteProperty(server, 'closeIdleConnections');
  server.close = (callback) => {
    if (callback) void closed.then(() => callback());
    return server;
  };
  return closed;
}

/** Settles when it was done for the first time. */
function sweepIdle({ server, connections }: TrackedServer, closed: Promise<void>): Promise<void> {
  const closeIdle = () => {
    if (speaksHttp1(server)) server.closeIdleConnections();
    // Node counts one that has never sent anything as busy; browsers and balancers open them ahead of use.
    for (const [socket, bytes] of connections.open) {
      if (socket.bytesRead === bytes) socket.destroy();
    }
  };
  return new Promise((resolve) => {
    // After a turn that was long, timers run before what came over connections meanwhile is read: read it first.
    const sweep = () =>
      setImmediate(() => {
        closeIdle();
        resolve();
      });
    let timer = setTimeout(() => {
      sweep();
      timer = setInterval(sweep, SWEEP_MS);
    }, IDLE_MS);
    void closed.then(() => clearInterval(timer));
  });
}
