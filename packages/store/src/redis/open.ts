// Stores of one process on the same Redis share one connection.
import { type Cluster, Redis } from 'ioredis';
import type { Engine } from '../engine.js';
import { InvalidArgumentError } from '../errors.js';
import type { EngineOptions } from '../shared-store.js';
import type { RedisClient } from '../target.js';
import { Calls } from './calls.js';
import { CLIENT_OPTIONS, RedisConnection } from './connection.js';
import { RedisEngine } from './engine.js';

interface Shared {
  readonly connection: RedisConnection;
  users: number;
}

/** By URL, or by the client that was given. */
const open = new Map<string | RedisClient, Shared>();

/** @param source a URL; or a client, whose settings a connection of the store's own is made with. */
export function openRedisEngine(source: string | RedisClient, options: EngineOptions): Engine {
  let shared = open.get(source);
  if (!shared) {
    shared = { connection: new RedisConnection(newClient(source)), users: 0 };
    open.set(source, shared);
  }
  shared.users++;
  const { connection } = shared;
  return new RedisEngine(
    connection,
    new Calls(connection, options.deadlineMs),
    // ioredis would put its own prefix in front of keys, but not of SCAN's pattern: both are ours.
    ownPrefix(source) + options.keyPrefix,
    releaser(source, shared),
  );
}

function newClient(source: string | RedisClient): Redis {
  if (typeof source === 'string') return new Redis(source, CLIENT_OPTIONS);
  if (isCluster(source))
    throw new InvalidArgumentError('a Redis Cluster cannot hold a store yet; give a Redis client');
  return source.duplicate(CLIENT_OPTIONS);
}

function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

function ownPrefix(source: string | RedisClient): string {
  return typeof source === 'string' ? '' : (source.options.keyPrefix ?? '');
}

function releaser(source: string | RedisClient, shared: Shared): () => void {
  return () => {
    shared.users--;
    if (shared.users > 0) return;
    if (open.get(source) === shared) open.delete(source);
    shared.connection.close();
  };
}
