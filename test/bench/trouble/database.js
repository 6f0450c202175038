// A database that can go away, and takes its connections with it.
import { createServer } from 'node:net';

/** @param {string} path of its Unix socket */
export function databaseAt(path) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  /** @type {import('node:net').Server | undefined} */
  let server;
  return {
    async come() {
      server = createServer((socket) => {
        sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
      });
      await new Promise((resolve) => server?.listen(path, () => resolve(undefined)));
    },
    async go() {
      const closed = new Promise((resolve) => server?.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
