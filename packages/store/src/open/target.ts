// The engine of a store and its address: decided in one place for the primary, its workers, and the command.
import { resolve } from 'node:path';
import { shown } from '@muster/codec/options';
import { isChildOfWorker } from '../api/child-of-worker.js';
import { checkGiven, OPTIONS } from '../api/strict-options.js';
import { checkDriver, type EngineDriver } from '../engine/driver.js';
import { InvalidOptionError } from '../errors.js';
import type { RedisClient } from '../redis/client.js';
import { parseRedisUrl, REDIS_URL_FORMS, withoutSecrets } from '../redis/topology/url.js';

export type StoreTarget = EmbeddedTarget | RedisTarget | MemoryTarget | OwnTarget;

interface EmbeddedTarget {
  readonly engine: 'embedded';
  /** Absolute. */
  readonly path: string;
  /** `lmdb:` and the absolute path: the same target in every process of this machine. */
  readonly url: string;
  /** For people. */
  readonly label: string;
  /** No address was given: it is in the working folder. */
  readonly isDefault?: true;
}

interface RedisTarget {
  readonly engine: 'redis';
  /** The URL as given, with its password; `undefined` for a client, which cannot be passed to another process. */
  readonly url: string | undefined;
  /** For people: no secret in it. */
  readonly label: string;
  /** What to connect with. */
  readonly source: string | RedisClient;
}

interface MemoryTarget {
  readonly engine: 'memory';
  /** `memory:`, or `memory:` and a name. In another process it is another store. */
  readonly url: string;
  readonly label: string;
}

interface OwnTarget {
  readonly engine: 'own';
  /** It cannot be passed to another process. */
  readonly url: undefined;
  /** For people. */
  readonly label: string;
  readonly driver: EngineDriver;
}

export interface TargetOptions {
  /**
   * `lmdb:path`, `memory:` (of this process alone, nothing on disk), or a Redis URL: `redis://`, `redis+sentinel://`, `redis+cluster://`, each with `rediss` for TLS, or
   * `redis+unix:///path?db=0` for a Unix socket.
   */
  url?: string | undefined;
  /** A Redis URL, or an ioredis client whose options the store uses. */
  redis?: string | RedisClient | undefined;
  /** An engine of your own: see `@muster/store/engine`. */
  engine?: EngineDriver | undefined;
}

/** The default, relative to the working folder. */
const DEFAULT_PATH = '.muster/store';

const SUPPORTED = `${REDIS_URL_FORMS}, lmdb:path or memory:`;

/**
 * The target that `createSharedStore(options)` would use in this process: `options`, else `MUSTER_STORE_URL` (what
 * `@muster/core` hands to workers), else `REDIS_URL`, else LMDB files at `.muster/store`. Opens nothing. In a process that a
 * worker has started, `REDIS_URL` comes before what that worker was handed.
 *
 * @throws InvalidOptionError
 */
export function resolveStoreTarget(options: TargetOptions = {}): StoreTarget {
  checkGiven('resolveStoreTarget()', options, OPTIONS.store);
  const { url, redis, engine } = options;
  if (engine !== undefined) {
    if (url !== undefined || redis !== undefined) {
      throw new InvalidOptionError('engine excludes url and redis; give one of them');
    }
    checkDriver(engine);
    return { engine: 'own', url: undefined, label: engine.kind, driver: engine };
  }
  if (url !== undefined && redis !== undefined) {
    throw new InvalidOptionError('url and redis exclude each other; give one of them');
  }
  if (typeof redis === 'object') return givenClient(redis);
  if (redis !== undefined) return redisTarget(redis, 'the redis option');
  if (url !== undefined) return targetOf(url, 'the url option');
  const { MUSTER_STORE_URL, REDIS_URL } = process.env;
  if (REDIS_URL && isChildOfWorker()) return redisTarget(REDIS_URL, 'REDIS_URL');
  if (MUSTER_STORE_URL) return targetOf(MUSTER_STORE_URL, 'MUSTER_STORE_URL');
  if (REDIS_URL) return redisTarget(REDIS_URL, 'REDIS_URL');
  return { ...embeddedTarget(DEFAULT_PATH), isDefault: true };
}

function targetOf(url: string, source: string): StoreTarget {
  if (typeof url === 'string' && url.startsWith('lmdb:')) {
    const path = url.slice('lmdb:'.length);
    if (path === '') throw new InvalidOptionError(`${source} names no folder; write lmdb:path`);
    return embeddedTarget(path);
  }
  if (typeof url === 'string' && url.startsWith('memory:')) {
    return { engine: 'memory', url, label: url };
  }
  return redisTarget(url, source);
}

function embeddedTarget(path: string): EmbeddedTarget {
  const absolute = resolve(path);
  return { engine: 'embedded', path: absolute, url: `lmdb:${absolute}`, label: `lmdb:${absolute}` };
}

function givenClient(client: RedisClient): StoreTarget {
  // A client of node-redis has `isOpen`, and `duplicate` as well.
  if (typeof client === 'object' && client !== null && 'isOpen' in client) {
    throw new InvalidOptionError(
      'the redis option is a client of node-redis; give one of ioredis, or a URL',
    );
  }
  if (typeof client?.duplicate !== 'function') {
    throw new InvalidOptionError('the redis option is neither a URL nor an ioredis client');
  }
  const { db = 0 } = client.isCluster ? {} : (client.options as { db?: number });
  if (!Number.isSafeInteger(db) || db < 0) {
    throw new InvalidOptionError(
      `The db of the client is the number of a database, a whole number of at least 0, and not ${shown(db)}`,
    );
  }
  return { engine: 'redis', url: undefined, label: 'redis (given client)', source: client };
}

function redisTarget(url: string, source: string): StoreTarget {
  try {
    parseRedisUrl(String(url));
  } catch (cause) {
    // The text stays out of the message: it may hold a password.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidOptionError(`${source} names no engine: ${reason}; write ${SUPPORTED}`, {
      cause,
    });
  }
  return { engine: 'redis', url, label: withoutSecrets(url), source: url };
}
