// Ports of 127.0.0.1 for programs that want a number before they listen. Servers of our own listen on port 0 and tell.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const ATTEMPTS = 20;
const HIGHEST_PORT = 65_535;

/**
 * A port that the system chooses, and gives to nobody else for a minute (it does not for as long as a connection to the
 * port is in TIME_WAIT), neither for port 0 nor for an outgoing connection; whoever asks for it by its number gets it.
 *
 * @param {...number} offsets ports that must be free as well, counted from the one that is returned: a node of a Redis
 *   Cluster has a second port 10,000 above its own
 */
export async function freePort(...offsets) {
  const highest = Math.max(0, ...offsets);
  for (let attempt = 1; ; attempt++) {
    const drawn = await reserve(0);
    const port = drawn + highest <= HIGHEST_PORT ? drawn : drawn - highest;
    try {
      for (const offset of [0, ...offsets]) {
        if (port + offset !== drawn) await reserve(port + offset);
      }
      return port;
    } catch (error) {
      if (attempt === ATTEMPTS || !isInUse(error)) throw error;
    }
  }
}

/**
 * Starts something on a free port, and once more on another one where it says that the address is in use: somebody who
 * asked for it by its number may have come first.
 *
 * @template T
 * @param {(port: number) => Promise<T>} start
 * @param {...number} offsets as above
 * @returns {Promise<T>}
 */
export async function onFreePort(start, ...offsets) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort(...offsets));
    } catch (error) {
      if (attempt === ATTEMPTS || !isInUse(error)) throw error;
    }
  }
}

/** @param {unknown} error says so itself, or quotes a program that does */
function isInUse(error) {
  return /EADDRINUSE|address (is )?(already )?in use|port is in use|port \d+ is taken/i.test(
    String(error),
  );
}

/** @param {number} port 0: any */
async function reserve(port) {
  // Whoever closes first keeps the connection in TIME_WAIT: the server.
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const chosen = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  await once(connect(chosen, '127.0.0.1').resume(), 'close');
  await once(server.close(), 'close');
  return chosen;
}
