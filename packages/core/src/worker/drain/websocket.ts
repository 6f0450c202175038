/** Ends WebSockets by their protocol, without the library that the app has for them (RFC 6455, 5.5.1 and 7.1). */

import type { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';

/** The frame that closes, from a server: whole, not masked, with the status 1001, "going away". */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);
/** Milliseconds for what the app has written to leave. */
const BACKLOG_MS = 1_000;
/** Milliseconds between looks at that. */
const POLL_MS = 50;
/** Milliseconds for the answer of the client, upon which the app's library ends the connection. */
const HANDSHAKE_MS = 2_000;

export function closeWebSocket(socket: Duplex, timeoutMs = BACKLOG_MS): void {
  if (!socket.writable) return;
  if (isBusy(socket) && timeoutMs > 0) {
    setTimeout(closeWebSocket, POLL_MS, socket, timeoutMs - POLL_MS);
    return;
  }
  // The app may write once more before it hears of the end.
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
 * Libraries write a frame within one turn, and this is called in a turn of its own; but one that waits for its backlog to
 * leave may be in the middle of a frame.
 */
function isBusy(socket: Duplex): boolean {
  return socket.writableLength > 0 || socket.writableCorked > 0;
}

/** A proxy passes on bytes as they come, and a frame of ours would land inside of one of its server's. */
function isPipedTo(socket: Duplex): boolean {
  return socket.listenerCount('unpipe') > 0;
}
