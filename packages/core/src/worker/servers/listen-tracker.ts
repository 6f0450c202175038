/**
 * What of this process listens, or was told to: servers of TCP and of Unix sockets, and UDP sockets that are bound to a
 * port which the app names. Any other UDP socket is a client's.
 */
import { subscribe } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { resolve } from 'node:path';
import type { ListenAddress } from '../../channel/listen-address.js';

/** What of a UDP socket matters here: its module is not loaded for this. */
interface UdpSocket extends Source {
  bind(...args: unknown[]): UdpSocket;
  address(): AddressInfo;
}

interface Source {
  on(event: string | symbol, listener: () => void): unknown;
}

interface TrackedListener {
  /** `'failed'`: it had an error instead, and nothing was told to listen in its place since. */
  state: 'pending' | 'listening' | 'failed';
  /** Of the one that listens. */
  addressOf(): ListenAddress | undefined;
}

const tracked = new Map<Source, TrackedListener>();
const watched = new WeakSet<Source>();
const watchers = new Set<() => void>();

/** In the order in which they began. */
export function listenAddresses(): ListenAddress[] {
  const listening = [...tracked.values()].filter(({ state }) => state === 'listening');
  return listening.flatMap(({ addressOf }) => addressOf() ?? []);
}

/** Calls `watcher` after each change, and returns what ends that. */
export function onListenChange(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Whether something listens, or is to. */
export function hasListenCalls(): boolean {
  return tracked.size > 0;
}

/** Whether everything that was told to listen does. */
export function allListen(): boolean {
  return [...tracked.values()].every(({ state }) => state === 'listening');
}

/** To be called when a server was told to listen; `args` are those of `listen()`. */
export function noteListen(server: Server, args: readonly unknown[]): void {
  const anyPort = takesAnyPort(args[0]);
  note(server, () => {
    const address = server.address();
    if (address === null) return undefined;
    if (typeof address === 'string') return { name: pathOf(address), anyPort: false };
    return { name: endpoint(address), anyPort, ...schemeOf(server) };
  });
}

/** To be called when a server was told to close: its connections may go on, but it listens no more. */
export function noteClose(server: Server): void {
  if (!server.listening) forget(server);
}

/** From here on UDP sockets are known, too. Call it before the app's code runs. */
export function trackUdp(): void {
  subscribe('udp.socket', (message) => {
    const { socket } = message as { socket: UdpSocket };
    const bind = socket.bind;
    socket.bind = (...args) => {
      bind.apply(socket, args);
      if (!takesAnyPort(args[0])) {
        const address = () => ({ name: `udp ${endpoint(socket.address())}`, anyPort: false });
        note(socket, address);
      }
      return socket;
    };
  });
}

function note(source: Source, addressOf: TrackedListener['addressOf']): void {
  answerFailure(source);
  tracked.set(source, { state: 'pending', addressOf });
  changed();
  // A server may listen again after it was closed, or had an error.
  if (watched.has(source)) return;
  watched.add(source);
  const settle = (state: 'listening' | 'failed') => {
    const listener = tracked.get(source);
    // An error of one that listens is about a connection.
    if (listener?.state !== 'pending') return;
    listener.state = state;
    changed();
  };
  source.on('listening', () => settle('listening'));
  // To hear an 'error' by a listener of its name would handle it in the app's stead.
  source.on(errorMonitor, () => settle('failed'));
  source.on('close', () => forget(source));
}

/** Code that goes to another port where one is taken does so with the same server, or with another one. */
function answerFailure(source: Source): void {
  if (tracked.get(source)?.state === 'failed') return;
  for (const [other, { state }] of tracked) {
    if (state !== 'failed') continue;
    tracked.delete(other);
    return;
  }
}

function forget(source: Source): void {
  if (tracked.delete(source)) changed();
}

function changed(): void {
  for (const watcher of watchers) watcher();
}

/** Whether the first argument of `listen()` or `bind()` leaves the port to the system. */
function takesAnyPort(first: unknown): boolean {
  if (first === undefined || first === null || typeof first === 'function') return true;
  if (typeof first !== 'object') return Number(first) === 0;
  if ('fd' in first || 'path' in first || 'handle' in first || '_handle' in first) return false;
  return Number((first as { port?: unknown }).port ?? 0) === 0;
}

/** Told apart by what only servers of the kind have: to load `node:http` and `node:tls` would cost every worker. */
function schemeOf(server: object): Pick<ListenAddress, 'scheme'> {
  const isSecure = 'setSecureContext' in server;
  // Servers of HTTP/2 have no number of headers, but a way to change their settings.
  if (!('maxHeadersCount' in server || 'updateSettings' in server)) return {};
  return { scheme: isSecure ? 'https' : 'http' };
}

function endpoint({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Absolute; an abstract socket of Linux, and a pipe of Windows, has no place in a folder. */
function pathOf(path: string): string {
  if (path.startsWith('\0')) return `@${path.slice(1)}`;
  return process.platform === 'win32' ? path : resolve(path);
}
