// A real Redis master with replicas and Sentinels of a test's own, that fail it over in about four seconds.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findRedisServer } from './find-server.js';
import { onFreePort } from './free-port.js';
import { startRedis } from './server.js';

const MASTER_NAME = 'muster-test';
const HOST = '127.0.0.1';
const SENTINELS = 3;
const QUORUM = 2;

/**
 * Runs a command that ends with this process: `cat` sees the end of its input.
 * It prints the process id of the command.
 */
const TIED = '"$@" >/dev/null & echo $!; cat >/dev/null; kill -KILL $!; wait';

/**
 * @typedef {object} SentinelOptions
 * @property {number} [replicas] default: 2
 * @property {string[]} [args] more of each redis-server's arguments
 */

/**
 * Resolves when the Sentinels know each other, the master and its replicas.
 *
 * @param {SentinelOptions} [options]
 */
export async function startRedisSentinels({ replicas = 2, args = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-sentinel-'));
  const set = new SentinelSet(folder);
  try {
    const master = await startRedis({ args });
    set.servers.push(master);
    const replicaOf = ['--replicaof', HOST, String(master.port), '--repl-diskless-sync-delay', '0'];
    const started = Array.from({ length: replicas }, () =>
      startRedis({ args: [...replicaOf, ...args] }),
    );
    set.servers.push(...(await Promise.all(started)));
    for (let n = 0; n < SENTINELS; n++)
      await onFreePort((port) => set.startSentinel(port, master.port));
    await set.complete(replicas);
    return set;
  } catch (error) {
    await set.stop();
    throw error;
  }
}

/** A running set. Made by `startRedisSentinels`. @typedef {SentinelSet} RedisSentinels */
class SentinelSet {
  /** The one that began as the master comes first. @type {import('./server.js').RedisServer[]} */
  servers = [];
  /** @type {{ port: number, keeper: import('node:child_process').ChildProcess }[]} */
  #sentinels = [];
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  get url() {
    const hosts = this.#sentinels.map(({ port }) => `${HOST}:${port}`).join(',');
    return `redis+sentinel://${hosts}/${MASTER_NAME}`;
  }

  get sentinels() {
    return this.#sentinels.map(({ port }) => ({ host: HOST, port }));
  }

  get masterName() {
    return MASTER_NAME;
  }

  /** @param {number} port @param {number} masterPort */
  async startSentinel(port, masterPort) {
    const { command } = await findRedisServer();
    const file = join(this.#folder, `${port}.conf`);
    const lines = [
      `port ${port}`,
      `bind ${HOST}`,
      `dir ${this.#folder}`,
      `logfile ${port}.log`,
      `sentinel monitor ${MASTER_NAME} ${HOST} ${masterPort} ${QUORUM}`,
      // Longer than it takes a Sentinel to connect to a new master, which would look dead meanwhile.
      `sentinel down-after-milliseconds ${MASTER_NAME} 2000`,
      `sentinel failover-timeout ${MASTER_NAME} 3000`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const keeper = spawn('sh', ['-c', TIED, 'sh', command, file, '--sentinel'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(keeper.stdout, 'data');
    const log = await this.#logOf(port);
    if (!log.includes('Sentinel ID')) {
      await ended(keeper);
      throw new Error(`A Sentinel did not start on port ${port}: ${log}`);
    }
    this.#sentinels.push({ port, keeper });
  }

  /** What a Sentinel says when it listens, or that it cannot. @param {number} port */
  async #logOf(port) {
    const end = performance.now() + 20_000;
    for (;;) {
      const log = await readFile(join(this.#folder, `${port}.log`), 'utf8').catch(() => '');
      if (/Sentinel ID|Failed listening/.test(log) || performance.now() > end) return log;
      await delay(10);
    }
  }

  /** @returns {Promise<import('./server.js').RedisServer | undefined>} the one that the Sentinels name */
  async master() {
    const [port] = await this.#ask(async (redis) => {
      const [, port] = /** @type {string[]} */ (
        await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME)
      );
      return Number(port);
    });
    return this.servers.find((server) => server.port === port);
  }

  /** @param {number} replicas */
  async complete(replicas) {
    const end = performance.now() + 60_000;
    for (;;) {
      const known = await this.#ask(async (redis) => {
        /** @param {string} what */
        const list = async (what) =>
          /** @type {string[][]} */ (await redis.call('SENTINEL', what, MASTER_NAME)).map(
            (fields) => fields[fields.indexOf('flags') + 1],
          );
        const isWell = (/** @type {string | undefined} */ flags) => !/down|disc/.test(flags ?? '');
        const others = (await list('SENTINELS')).filter(isWell).length;
        return (
          others === SENTINELS - 1 && (await list('REPLICAS')).filter(isWell).length === replicas
        );
      }).catch(() => [false]);
      if (known.every(Boolean)) return;
      if (performance.now() > end) throw new Error('The Sentinels did not find each other in 60 s');
      await delay(50);
    }
  }

  async stop() {
    for (const { keeper } of this.#sentinels) await ended(keeper);
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  /**
   * @template T
   * @param {(redis: Redis) => Promise<T>} question
   * @returns {Promise<T[]>} of every Sentinel
   */
  #ask(question) {
    return Promise.all(
      this.#sentinels.map(async ({ port }) => {
        const redis = new Redis(port, HOST, { maxRetriesPerRequest: 3 });
        redis.on('error', () => {});
        try {
          return await question(redis);
        } finally {
          redis.disconnect();
        }
      }),
    );
  }
}

/** @param {import('node:child_process').ChildProcess} keeper */
async function ended(keeper) {
  const exited = once(keeper, 'exit');
  keeper.stdin?.end();
  await exited;
}
