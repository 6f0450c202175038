// A real Redis Cluster of a test's own: redis-server processes on 127.0.0.1.

import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis } from './server.js';

const SLOTS = 16_384;

/**
 * @typedef {object} ClusterOptions
 * @property {number} [masters] default: 3
 * @property {number} [replicas] of each master. Default: 0
 * @property {string[]} [args] more of each redis-server's arguments
 * @property {number} [nodeTimeoutMs] after which a server that does not answer is replaced. Default: 2,000
 */

/**
 * Starts a cluster, and resolves when all its servers agree that it is one.
 *
 * @param {ClusterOptions} [options]
 */
export async function startRedisCluster(options = {}) {
  const { masters = 3, replicas = 0, args = [], nodeTimeoutMs = 2_000 } = options;
  const all = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
  // Five seconds, by default, for more replicas to come.
  all.push('--repl-diskless-sync-delay', '0');
  /** @type {import('./server.js').RedisServer[]} */
  const servers = [];
  const cluster = new RedisCluster(servers, masters);
  try {
    const starts = Array.from({ length: masters * (1 + replicas) }, async () => {
      servers.push(await startRedis({ args: [...all, ...args] }));
    });
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    await cluster.form();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** A running cluster. Made by `startRedisCluster`. */
export class RedisCluster {
  /** Those that began as masters come first. */
  servers;
  #masters;

  /** @param {import('./server.js').RedisServer[]} servers @param {number} masters */
  constructor(servers, masters) {
    this.servers = servers;
    this.#masters = masters;
  }

  /** Names all servers. */
  get url() {
    return `redis+cluster://${this.servers.map(({ host, port }) => `${host}:${port}`).join(',')}`;
  }

  get masters() {
    return this.servers.slice(0, this.#masters);
  }

  async form() {
    const [first] = this.servers;
    if (!first) return;
    await Promise.all(
      this.servers.map((server, index) =>
        this.ask(server, async (redis) => {
          await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
          if (index >= this.#masters) return;
          const from = Math.floor((index * SLOTS) / this.#masters);
          const to = Math.floor(((index + 1) * SLOTS) / this.#masters);
          const slots = Array.from({ length: to - from }, (_, n) => from + n);
          await redis.cluster('ADDSLOTS', ...slots);
        }),
      ),
    );
    for (const server of this.servers.slice(1)) {
      await this.ask(server, (redis) => redis.cluster('MEET', first.host, first.port));
    }
    await this.#agreed(this.servers.length);
    await Promise.all(
      this.servers.slice(this.#masters).map(async (replica, index) => {
        const master = this.servers[index % this.#masters];
        if (!master) return;
        const id = await this.id(master);
        await this.ask(replica, (redis) => redis.cluster('REPLICATE', id));
        await until(`${replica.port} follows ${master.port}`, () =>
          this.ask(replica, async (redis) => /master_link_status:up/.test(await redis.info())),
        );
      }),
    );
    await this.#agreed(this.servers.length);
  }

  /** @param {import('./server.js').RedisServer} server @returns {Promise<string>} */
  id(server) {
    return this.ask(server, async (redis) => String(await redis.cluster('MYID')));
  }

  /**
   * Moves a slot from one master to another, as redis-cli does: the keys first, then the slot.
   *
   * @param {number} slot
   * @param {import('./server.js').RedisServer} from
   * @param {import('./server.js').RedisServer} to
   * @param {{ halfway?: () => Promise<void> }} [options] `halfway` runs when half of the keys have moved
   */
  async moveSlot(slot, from, to, { halfway } = {}) {
    const [fromId, toId] = await Promise.all([this.id(from), this.id(to)]);
    await this.ask(to, (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    await this.ask(from, (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId));
    await this.ask(from, async (redis) => {
      const count = Number(await redis.cluster('COUNTKEYSINSLOT', slot));
      /** @param {number} most */
      const move = async (most) => {
        const keys = /** @type {string[]} */ (await redis.cluster('GETKEYSINSLOT', slot, most));
        if (keys.length === 0) return false;
        await redis.call('MIGRATE', to.host, to.port, '', 0, 5_000, 'KEYS', ...keys);
        return true;
      };
      if (count > 1) await move(Math.floor(count / 2));
      await halfway?.();
      while (await move(100));
    });
    // The new owner first: a slot has an owner at any time.
    for (const server of [to, from, ...this.masters]) {
      await this.ask(server, (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId));
    }
  }

  /**
   * @template T
   * @param {import('./server.js').RedisServer} server
   * @param {(redis: Redis) => Promise<T>} question
   * @returns {Promise<T>}
   */
  async ask(server, question) {
    const redis = new Redis(server.url, { maxRetriesPerRequest: 3 });
    redis.on('error', () => {});
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  async stop() {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  /** @param {number} size */
  async #agreed(size) {
    await Promise.all(
      this.servers.map((server) =>
        until(`${server.port} sees the whole cluster`, () =>
          this.ask(server, async (redis) => {
            const info = String(await redis.cluster('INFO'));
            return (
              info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)
            );
          }),
        ),
      ),
    );
  }
}

/** @param {string} what @param {() => Promise<boolean>} isSo */
async function until(what, isSo) {
  const end = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not within 30 s: ${what}`);
    await delay(50);
  }
}
