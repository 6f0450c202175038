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

interface Servers {
  readonly topology: Topology;
  readonly watching: Watching;
  /** For people. */
  readonly label: string;
}

interface Shared extends Omit<Servers, 'label'> {
  readonly keyPrefix: string;
  readonly near: NearCaches;
  /** By the prefix of the keys: a user may have no right to others. */
  readonly marks: Map<string, DataMark>;
  users: number;
  /** How many of the users have not begun to close. */
  open: number;
  readonly endWarning: () => void;
}

/** By URL, or by the given client. */
const open = new Map<string | RedisClient, Shared>();

/** @param source a URL; or a client, with whose options the store opens connections of its own. */
export function openRedisEngine(source: string | RedisClient, options: EngineOptions): Engine {
  const shared = open.get(source) ?? share(clientsOf(source));
  open.set(source, shared);
  shared.users++;
  shared.open++;
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
    closing() {
      if (--shared.open === 0) shared.endWarning();
    },
    release: () => release(source, shared),
  });
}

function share(clients: Clients): Shared {
  const { topology, watching, label } = connect(clients);
  warnOfEviction(topology);
  const endWarning = warnOfWaiting(topology, label);
  const { keyPrefix } = clients;
  const counts = { users: 0, open: 0 };
  return {
    topology,
    watching,
    near: new NearCaches(),
    marks: new Map(),
    keyPrefix,
    endWarning,
    ...counts,
  };
}

function connect(clients: Clients): Servers {
  if (clients.kind === 'cluster') {
    const topology = new ClusterTopology(clients);
    const watching = new Watching(topology, (label, prefixes, listener) => {
      const port = label.lastIndexOf(':');
      const at = { host: label.slice(0, port), port: Number(label.slice(port + 1)) };
      return new TrackingFeed(clients.create('watch', at), prefixes, listener);
    });
    const label = clients.seeds.map(({ host, port }) => `${host}:${port}`).join(', ');
    return { topology, watching, label };
  }
  const topology = new OneServer(clients.create('store'), clients.label);
  const watching = new Watching(
    topology,
    (_, prefixes, listener) => new TrackingFeed(clients.create('watch'), prefixes, listener),
  );
  return { topology, watching, label: clients.label };
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
