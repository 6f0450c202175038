// A real Redis server of a test's own, that can be killed and restarted where it was.

import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisMemoryServer } from 'redis-memory-server';
import { findRedisServer } from './find-server.js';
import { onFreePort } from './free-port.js';

// What a node of a Redis Cluster adds to its port for the bus between the nodes.
const CLUSTER_BUS_OFFSET = 10_000;

/**
 * @typedef {object} StartOptions
 * @property {string[]} [args] more of redis-server's arguments, such as `['--appendonly', 'yes']`,
 *   `['--cluster-enabled', 'yes']` or `['--replicaof', '127.0.0.1', '7000']`; they win over the defaults (no persistence)
 * @property {number} [port] default: a free one
 * @property {import('./find-server.js').FoundServer} [server] default: what `findRedisServer()` finds
 */

/**
 * Starts a server on 127.0.0.1 with an empty data folder of its own. When this process dies in any way, the server is
 * stopped within about two seconds (redis-memory-server leaves a process behind to see to it); its folder in the
 * system's temp folder is then left over.
 *
 * @param {StartOptions} [options]
 * @returns {Promise<RedisServer>}
 */
export async function startRedis(options = {}) {
  const { command } = options.server ?? (await findRedisServer());
  const folder = await mkdtemp(join(tmpdir(), 'muster-redis-'));
  try {
    // Through a link, because redis-memory-server cannot start a path with a space in it.
    const systemBinary = join(folder, 'redis-server');
    await symlink(command, systemBinary);
    const args = ['--dir', folder, ...(options.args ?? [])];
    const start = async (/** @type {number} */ port) => {
      const server = new RedisMemoryServer({
        instance: { ip: '127.0.0.1', port, args },
        binary: { systemBinary },
      });
      await startOn(server, port, args);
      return new RedisServer(server, port, folder);
    };
    if (options.port !== undefined) return await start(options.port);
    return await onFreePort(start, CLUSTER_BUS_OFFSET);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A running server. Made by `startRedis`. */
export class RedisServer {
  host = '127.0.0.1';

  /** @type {number} stays the same over restarts */
  port;

  /** @type {RedisMemoryServer} */
  #server;

  /** @type {string} */
  #folder;

  /**
   * @param {RedisMemoryServer} server
   * @param {number} port
   * @param {string} folder
   */
  constructor(server, port, folder) {
    this.#server = server;
    this.port = port;
    this.#folder = folder;
  }

  get url() {
    return `redis://${this.host}:${this.port}`;
  }

  /** Of the running server; undefined while it is down. */
  get pid() {
    return this.#process()?.pid;
  }

  /** SIGKILL: nothing is written any more, no connection is closed properly. Resolves when the process is gone. */
  async kill() {
    const child = this.#process();
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** On the same port, with the same data folder and arguments; shuts down in order first if it is running. */
  async restart() {
    await this.#server.stop();
    await startOn(this.#server, this.port);
  }

  /** Shuts down, and removes the data. */
  async stop() {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  #process() {
    const info = this.#server.getInstanceInfo();
    const child = info ? info.childProcess : undefined;
    return child && child.exitCode === null && child.signalCode === null ? child : undefined;
  }
}

/**
 * @param {RedisMemoryServer} server
 * @param {number} port
 * @param {string[]} [args]
 */
async function startOn(server, port, args = []) {
  try {
    await server.start();
  } catch (reason) {
    throw new Error(
      `redis-server did not start on port ${port}${args.length ? ` with ${args.join(' ')}` : ''}: ` +
        `${reason} (DEBUG=RedisMS:* shows its output)`,
      { cause: reason },
    );
  }
  const started = await server.getPort();
  if (started === port) return;
  await server.stop();
  throw new Error(`redis-server did not start on port ${port}: the port is in use`);
}
