// Creates ioredis clients, from the URL or from the options of the client that a store was given.
import { type RedisOptions as AnyRedisOptions, type ClusterOptions, Redis } from 'ioredis';
import type { RedisClient } from '../client.js';
import { CLIENT_OPTIONS } from './connection.js';
import { reconnectDelayMs } from './reconnect.js';
import { UnrefSentinelConnector } from './sentinel-connector.js';
import { unrefClient } from './unref-client.js';
import {
  type ClusterUrl,
  type Endpoint,
  parseRedisUrl,
  type SentinelUrl,
  type SocketUrl,
} from './url.js';

/** Without the options for the form of replies, on which the type of a client depends. */
type RedisOptions = Omit<AnyRedisOptions, 'replyMapping' | 'protocol'> & { protocol?: 2 };

/** The purpose of a connection, as part of its name in CLIENT LIST. */
type Purpose = 'store' | 'watch' | 'scout' | 'machines';

export type Clients = ServerClients | ClusterClients;

interface ServerClients {
  readonly kind: 'server';
  readonly label: string;
  /** The key prefix of the given client. */
  readonly keyPrefix: string;
  create(purpose: Purpose): Redis;
}

interface ClusterClients {
  readonly kind: 'cluster';
  readonly keyPrefix: string;
  /** The servers to ask first. */
  readonly seeds: readonly Endpoint[];
  /** Translates an address in a reply of the Cluster into one that this process can reach. */
  reach(endpoint: Endpoint): Endpoint;
  create(purpose: Purpose, at: Endpoint): Redis;
}

export function clientsOf(source: string | RedisClient): Clients {
  if (typeof source !== 'string') return source.isCluster ? likeCluster(source) : likeRedis(source);
  const parsed = parseRedisUrl(source);
  if (parsed.kind === 'server') {
    const create = (purpose: Purpose) => unrefClient(new Redis(source, optionsFor(purpose)));
    return { kind: 'server', label: new URL(source).host, keyPrefix: '', create };
  }
  if (parsed.kind === 'socket') return ofSocket(parsed);
  return parsed.kind === 'sentinel' ? ofSentinels(parsed) : ofCluster(parsed);
}

function optionsFor(purpose: Purpose): RedisOptions {
  const connectionName = `muster:${purpose}:${process.pid}`;
  // A scout does not reconnect.
  const once = purpose === 'scout' ? { retryStrategy: null } : {};
  return { ...CLIENT_OPTIONS, ...once, connectionName };
}

function connect(options: RedisOptions): Redis {
  return unrefClient(new Redis(options));
}

function ofSocket({ path, db, username, password }: SocketUrl): ServerClients {
  const template: RedisOptions = { path, db, ...given({ username, password }) };
  return {
    kind: 'server',
    label: path,
    keyPrefix: '',
    create: (purpose) => connect({ ...template, ...optionsFor(purpose) }),
  };
}

/** With these, a client leaves a demoted master at once, not only after a failed call. */
const SENTINEL_OPTIONS = {
  role: 'master',
  failoverDetector: true,
  Connector: UnrefSentinelConnector,
  sentinelRetryStrategy: () => null,
  sentinelReconnectStrategy: reconnectDelayMs,
  // Sentinels reply at once; one that does not is skipped.
  sentinelCommandTimeout: 2_000,
} as const satisfies RedisOptions;

function ofSentinels(url: SentinelUrl): ServerClients {
  const { endpoints, masterName, db, username, password, sentinel, tls } = url;
  const template: RedisOptions = {
    ...SENTINEL_OPTIONS,
    sentinels: endpoints.map((endpoint) => ({ ...endpoint })),
    name: masterName,
    db,
    ...given({ username, password }),
    ...given({ sentinelUsername: sentinel.username, sentinelPassword: sentinel.password }),
    ...(tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
  return {
    kind: 'server',
    label: masterName,
    keyPrefix: '',
    create: (purpose) => connect({ ...template, ...optionsFor(purpose) }),
  };
}

function ofCluster({ endpoints, username, password, tls }: ClusterUrl): ClusterClients {
  const template: RedisOptions = { ...given({ username, password }), ...(tls ? { tls: {} } : {}) };
  return {
    kind: 'cluster',
    keyPrefix: '',
    seeds: endpoints,
    reach: (endpoint) => endpoint,
    create: (purpose, at) => connect({ ...template, ...optionsFor(purpose), ...at }),
  };
}

/** Uses the store's own ioredis, whatever the version of the given client: other versions may behave differently. */
function likeRedis(client: RedisClient): ServerClients {
  const options = client.options as RedisOptions;
  const sentinel = options.sentinels?.length ? SENTINEL_OPTIONS : {};
  return {
    kind: 'server',
    label: options.name ?? options.path ?? `${options.host}:${options.port}`,
    keyPrefix: options.keyPrefix ?? '',
    create: (purpose) => connect({ ...options, ...optionsFor(purpose), ...sentinel }),
  };
}

/** The forms in which ioredis accepts a node of a Cluster. */
type StartupNode = string | number | { host?: string; port?: number };

function likeCluster(client: RedisClient): ClusterClients {
  const { natMap, keyPrefix, redisOptions: given } = client.options as ClusterOptions;
  const redisOptions = (given ?? {}) as RedisOptions;
  const prefix = keyPrefix || redisOptions.keyPrefix || '';
  // Private in ioredis's types, and the only place of the nodes before the client has connected.
  const { startupNodes } = client as unknown as { startupNodes: readonly StartupNode[] };
  const reach = (endpoint: Endpoint): Endpoint => {
    const key = `${endpoint.host}:${endpoint.port}`;
    const mapped = typeof natMap === 'function' ? natMap(key) : natMap?.[key];
    return mapped ?? endpoint;
  };
  const { seeds, credentials } = seedsOf(startupNodes);
  return {
    kind: 'cluster',
    keyPrefix: prefix,
    seeds,
    reach,
    create: (purpose, { host, port }) =>
      // A Cluster has database 0 only; ioredis's own Cluster ignores the option as well.
      connect({ ...credentials, ...redisOptions, ...optionsFor(purpose), db: 0, host, port }),
  };
}

function seedsOf(nodes: readonly StartupNode[]): { seeds: Endpoint[]; credentials: RedisOptions } {
  const defaults = { host: '127.0.0.1', port: 6_379 };
  let credentials: RedisOptions = {};
  const seeds = nodes.map((node): Endpoint => {
    if (typeof node === 'number') return { ...defaults, port: node };
    // ioredis parses its own forms of a URL.
    const options =
      typeof node === 'object' ? node : new Redis(node, { lazyConnect: true }).options;
    const { host = defaults.host, port = defaults.port, ...rest } = options as RedisOptions;
    const { username, password, tls } = rest;
    credentials = { ...given({ username, password, tls }), ...credentials };
    return { host, port };
  });
  return { seeds, credentials };
}

/** Leaves out undefined options: ioredis takes an option that is `undefined` as set. */
function given(
  options: { [Name in keyof RedisOptions]: RedisOptions[Name] | undefined },
): RedisOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
