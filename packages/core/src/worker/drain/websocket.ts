/** Closes WebSockets by their protocol, without the app's library (RFC 6455, 5.5.1 and 7.1). */

import type { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';

/** A server's close frame: final, not masked, with the status 1001, "going away". */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);
/** Milliseconds for data that the app has written to leave. */
const BACKLOG_MS = 1_000;
/** Milliseconds between checks of that. */
const POLL_MS = 50;
/** Milliseconds for the client's answer, after which the app's library ends the connection. */
const HANDSHAKE_MS = 2_000;

export function closeWebSocket(socket: Duplex, timeoutMs = BACKLOG_MS): void {
  if (!socket.writable) return;
  if (isBusy(socket) && timeoutMs > 0) {
    setTimeout(closeWebSocket, POLL_MS, socket, timeoutMs - POLL_MS);
    return;
  }
  // The app may write once more before it notices the end.
  socket.on('error', () => {});
  if (isPipedTo(socket)) socket.end();
  else socket.write(GOING_AWAY);
  const ended = setTimeout(() => {
    socket.end();
    const destroyed = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    socket.once('close', () => clearTimeout(destroyed));
  }, HANDSHAKE_MS);
  socket.once('close', () => clearTimeout(ended));
}

/**
 * Libraries write a frame within one turn, and this runs in a turn of its own. But while its backlog waits, a socket may be
 * in the middle of a frame.
 */
function isBusy(socket: Duplex): boolean {
  return socket.writableLength > 0 || socket.writableCorked > 0;
}

/** A proxy passes on bytes as they arrive, and our frame would land inside a frame of its server. */
function isPipedTo(socket: Duplex): boolean {
  return socket.listenerCount('unpipe') > 0;
}
