// Stores of one process on the same Redis share their connections.
import type { Engine, EngineOptions } from '../engine.js';
import { NearCaches } from '../near/near-caches.js';
import { PendingCalls } from './calls/pending-calls.js';
import type { RedisClient } from './client.js';
import { DataMark } from './data-mark.js';
import { RedisEngine } from './engine.js';
import { warnOfEviction } from './eviction.js';
import { type Clients, clientsOf } from './topology/clients.js';
import { ClusterTopology } from './topology/cluster.js';
import { OneServer } from './topology/one-server.js';
import type { Topology } from './topology/topology.js';
import { warnOfWaiting } from './waiting.js';
import { TrackingFeed } from './watch/tracking-feed.js';
import { Watching } from './watch/watching.js';

interface Shared {
  readonly topology: Topology;
  /** Of its servers, for people. */
  readonly label: string;
  readonly watching: Watching;
  readonly keyPrefix: string;
  readonly near: NearCaches;
  /** By the prefix of the keys: a user may have no right to others. */
  readonly marks: Map<string, DataMark>;
  users: number;
}

/** By URL, or by the given client. */
const open = new Map<string | RedisClient, Shared>();

/** @param source a URL; or a client, with whose options the store opens connections of its own. */
export function openRedisEngine(source: string | RedisClient, options: EngineOptions): Engine {
  const known = open.get(source);
  const shared = known ?? connect(clientsOf(source));
  if (!known) {
    warnOfEviction(shared.topology);
    warnOfWaiting(shared.topology, shared.label);
  }
  open.set(source, shared);
  shared.users++;
  const { topology, watching, near, keyPrefix } = shared;
  const prefix = keyPrefix + options.keyPrefix;
  return new RedisEngine({
    topology,
    watching,
    near,
    calls: new PendingCalls(topology, options.deadlineMs),
    // ioredis would add its prefix to keys, but not to the pattern of SCAN, so the store adds both prefixes itself.
    keyPrefix: prefix,
    mark: prefix === '' ? undefined : markOf(shared, prefix),
    deadlineMs: options.deadlineMs,
    release: () => release(source, shared),
  });
}

function connect(clients: Clients): Shared {
  const { keyPrefix } = clients;
  if (clients.kind === 'cluster') {
    const topology = new ClusterTopology(clients);
    const watching = new Watching(topology, (label, prefixes, listener) => {
      const port = label.lastIndexOf(':');
      const at = { host: label.slice(0, port), port: Number(label.slice(port + 1)) };
      return new TrackingFeed(clients.create('watch', at), prefixes, listener);
    });
    const label = clients.seeds.map(({ host, port }) => `${host}:${port}`).join(', ');
    return {
      topology,
      label,
      watching,
      near: new NearCaches(),
      marks: new Map(),
      keyPrefix,
      users: 0,
    };
  }
  const topology = new OneServer(clients.create('store'), clients.label);
  const watching = new Watching(
    topology,
    (_, prefixes, listener) => new TrackingFeed(clients.create('watch'), prefixes, listener),
  );
  const { label } = clients;
  return {
    topology,
    label,
    watching,
    near: new NearCaches(),
    marks: new Map(),
    keyPrefix,
    users: 0,
  };
}

function markOf({ marks, topology }: Shared, prefix: string): DataMark {
  const mark = marks.get(prefix) ?? new DataMark(topology, prefix);
  marks.set(prefix, mark);
  return mark;
}

function release(source: string | RedisClient, shared: Shared): void {
  shared.users--;
  if (shared.users > 0) return;
  if (open.get(source) === shared) open.delete(source);
  shared.watching.close();
  shared.topology.close();
}
