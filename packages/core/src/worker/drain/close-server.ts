/**
 * Closes a server without clients noticing. New connections go to other workers at once. A request that still arrives over
 * an open connection is answered. Idle connections stay open for a moment, because a request may be on its way over one,
 * and are then closed.
 */

import type { Server } from 'node:net';
import { clearInterval, setImmediate, setInterval, setTimeout } from 'node:timers';
import type { TrackedServer } from '../servers/servers.js';
import { endKeepAlive, speaksHttp1 } from './http1.js';
import { goAway, speaksHttp2 } from './http2.js';

/** Milliseconds that idle connections stay open: more than a request needs to arrive. */
const IDLE_MS = 1_000;
/** Milliseconds between checks for connections that have become idle. */
const SWEEP_MS = 250;

export interface ClosingServer extends TrackedServer {
  /** Settles when no more requests can arrive over its connections. About protocols other than HTTP nothing is known. */
  readonly quiet: Promise<unknown>;
  /** Settles when the last connection is closed. */
  readonly closed: Promise<void>;
}

/** The promises in the result never reject. */
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
 * To the app the server looks unchanged: if the app closes it as well (`server.close()` in a listener for SIGTERM), that is
 * not an error.
 */
function stopAccepting(server: Server): Promise<void> {
  // Since Node 19 close() also closes idle connections, and that loses requests.
  if (speaksHttp1(server)) server.closeIdleConnections = () => {};
  // It fails only if the server does not listen, which is the goal.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  Reflect.deleteProperty(server, 'closeIdleConnections');
  server.close = (callback) => {
    if (callback) void closed.then(() => callback());
    return server;
  };
  return closed;
}

/** Settles after the first sweep. */
function sweepIdle({ server, connections }: TrackedServer, closed: Promise<void>): Promise<void> {
  const closeIdle = () => {
    if (speaksHttp1(server)) server.closeIdleConnections();
    // Node counts a connection on which nothing was ever sent as busy; browsers and balancers open such connections ahead
    // of use.
    for (const [socket, bytes] of connections.open) {
      if (socket.bytesRead === bytes) socket.destroy();
    }
  };
  return new Promise((resolve) => {
    // After a long turn, timers run before data that arrived meanwhile is read. Let Node read it first.
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
