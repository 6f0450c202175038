// The four forms of a Redis URL: a server, a Unix socket, a master that Sentinels monitor, and a Cluster.

/** The address of a server. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

interface Several extends Credentials {
  /** One reachable server is enough; it reports the others. */
  readonly endpoints: readonly Endpoint[];
  readonly tls: boolean;
}

export interface SentinelUrl extends Several {
  readonly kind: 'sentinel';
  /** The Sentinels' name of the master. */
  readonly masterName: string;
  readonly db: number;
  /** For the Sentinels themselves. `username` and `password` are for the servers behind them. */
  readonly sentinel: Credentials;
}

export interface ClusterUrl extends Several {
  readonly kind: 'cluster';
}

export interface SocketUrl extends Credentials {
  readonly kind: 'socket';
  readonly path: string;
  readonly db: number;
}

export type RedisUrl =
  | { readonly kind: 'server'; readonly url: string }
  | SocketUrl
  | SentinelUrl
  | ClusterUrl;

export const REDIS_URL_FORMS =
  'redis://host, rediss://host (TLS), redis+unix:///path, redis+sentinel://host,host/masterName or redis+cluster://host,host';

const SOCKET_FORM = 'the address of a Unix socket is redis+unix:///path?db=0';

const DATABASE = /^\d{1,9}$/;

const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;

/** The authority may list several hosts, which `URL` does not parse. */
const SEVERAL =
  /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const SOCKET = /^redis\+unix:\/\/(?:([^@/?#]*)@)?([^?#]*)(?:\?([^#]*))?$/;
const HOST = /^(\[[\da-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i;

/**
 * @throws Error that says what is wrong, without the URL, which may contain a password.
 */
export function parseRedisUrl(url: string): RedisUrl {
  if (/^rediss?:\/\//.test(url)) return serverUrl(url);
  const socket = SOCKET.exec(url);
  if (socket) return socketUrl(socket);
  const match = SEVERAL.exec(url);
  if (!match) throw new Error(/^[\w+]*:/.test(url) ? 'its form is none of these' : 'it is no URL');
  const [, scheme, kind, credentials, hosts = '', path = '', query = ''] = match;
  const tls = scheme === 'rediss';
  const params = new URLSearchParams(query);
  if (kind === 'cluster') {
    if (path !== '')
      throw new Error('a Cluster has no databases; leave out what follows the hosts');
    refuseOthers(params, []);
    return { kind, endpoints: endpointsOf(hosts, REDIS_PORT), tls, ...credentialsOf(credentials) };
  }
  refuseOthers(params, ['db', 'sentinelUsername', 'sentinelPassword']);
  const masterName = decoded(path);
  if (masterName === '') throw new Error('the name of the master is missing behind the hosts');
  return {
    kind: 'sentinel',
    endpoints: endpointsOf(hosts, SENTINEL_PORT),
    tls,
    masterName,
    db: databaseOf(params.get('db')),
    ...credentialsOf(credentials),
    sentinel: {
      username: params.get('sentinelUsername') ?? undefined,
      password: params.get('sentinelPassword') ?? undefined,
    },
  };
}

function serverUrl(url: string): RedisUrl {
  if (!URL.canParse(url)) throw new Error('it is no URL');
  const { hostname, pathname, username, password, searchParams } = new URL(url);
  for (const text of [username, password]) decoded(text);
  const path = pathname.slice(1);
  // ioredis would take any path as a database, and a missing host as this machine.
  if (hostname === '' && !DATABASE.test(path || '0'))
    throw new Error(`it has no host; ${SOCKET_FORM}`);
  if (path !== '' && searchParams.has('db')) {
    throw new Error('its database is there twice; give one of them');
  }
  databaseOf(path || searchParams.get('db'));
  return { kind: 'server', url };
}

function socketUrl([, credentials, path = '', query]: RegExpExecArray): SocketUrl {
  if (!/^\/[^/]/.test(path)) throw new Error(`it names no socket; ${SOCKET_FORM}`);
  const params = new URLSearchParams(query);
  refuseOthers(params, ['db']);
  return {
    kind: 'socket',
    path: decoded(path),
    db: databaseOf(params.get('db')),
    ...credentialsOf(credentials),
  };
}

function databaseOf(text: string | null): number {
  if (text !== null && !DATABASE.test(text)) {
    throw new Error('its db, the number of a database, is no number');
  }
  return Number(text ?? 0);
}

/** The URL without passwords, for people. */
export function withoutSecrets(url: string): string {
  return url
    .replace(/^([\w+]+:\/\/[^/?#:]*):[^/?#]*@/, '$1:***@')
    .replace(/([?&]\w*password=)[^&#]*/gi, '$1***');
}

function endpointsOf(hosts: string, defaultPort: number): Endpoint[] {
  return hosts.split(',').map((text) => {
    const [, host = '', port = String(defaultPort)] = HOST.exec(text) ?? [];
    if (host === '' || Number(port) < 1 || Number(port) > 65_535) {
      throw new Error('its hosts are not host:port,host:port');
    }
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
}

function credentialsOf(text: string | undefined): Credentials {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(':');
  const username = decoded(colon < 0 ? text : text.slice(0, colon));
  const password = colon < 0 ? '' : decoded(text.slice(colon + 1));
  return { username: username || undefined, password: password || undefined };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('it has a % that begins no escape; write %25 for a % itself');
  }
}

function refuseOthers(params: URLSearchParams, known: readonly string[]): void {
  for (const name of params.keys()) {
    if (!known.includes(name)) throw new Error(`it has no parameter ${JSON.stringify(name)}`);
  }
}
