// Resets a connection, also one whose end is just being sent.
import type { Socket } from 'node:net';

/**
 * While the system shuts down the write side, libuv refuses a reset with EINVAL. Node drops the handle all the same, which then
 * stays open and keeps the process alive. So the reset waits for the end of the shutdown, which waits for nobody: all bytes have
 * been handed over before it begins.
 */
export function reset(socket: Socket): void {
  const { writableEnded, writableFinished, writableLength } = socket;
  const isShuttingDown = writableEnded && !writableFinished && writableLength === 0;
  if (isShuttingDown) socket.once('finish', () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
