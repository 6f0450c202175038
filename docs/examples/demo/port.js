// A port that cannot be had is one sentence, before anything is forked.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** @type {Record<string, (port: number, host: string) => string>} by the error code of the system */
const REASONS = {
  EADDRINUSE: (port) => `Port ${port} is taken by another program: set PORT to another one.`,
  EACCES: (port) => `This user may not listen on port ${port}: set PORT to one above 1023.`,
  EADDRNOTAVAIL: (_port, host) => `This machine has no address ${host}: set HOST to one it has.`,
};

/**
 * Ends the process with 1 where nobody could listen there.
 *
 * @param {number} port
 * @param {string} host
 */
export async function requireFreePort(port, host) {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
    console.error(REASONS[code]?.(port, host) ?? String(error));
    process.exit(1);
  }
  await once(server.close(), 'close');
}
