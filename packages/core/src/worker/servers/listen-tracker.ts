/**
 * Tracks what listens in this process, or is about to: servers on TCP and Unix sockets, and UDP sockets bound to a port
 * that the app names. Any other UDP socket is a client's.
 */
import { subscribe } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { resolve } from 'node:path';
import type { ListenAddress } from '../../channel/listen-address.js';

/** The part of a UDP socket that is needed here, so that its module is not loaded. */
interface UdpSocket extends Source {
  bind(...args: unknown[]): UdpSocket;
  address(): AddressInfo;
}

interface Source {
  on(event: string | symbol, listener: () => void): unknown;
}

interface TrackedListener {
  /** `'failed'`: it had an error instead, and nothing has been asked to listen in its place since. */
  state: 'pending' | 'listening' | 'failed';
  /** The address, once it listens. */
  addressOf(): ListenAddress | undefined;
}

const tracked = new Map<Source, TrackedListener>();
const watched = new WeakSet<Source>();
const watchers = new Set<() => void>();

/** In the order in which they began to listen. */
export function listenAddresses(): ListenAddress[] {
  const listening = [...tracked.values()].filter(({ state }) => state === 'listening');
  return listening.flatMap(({ addressOf }) => addressOf() ?? []);
}

/** Calls `watcher` after each change. Returns a function that ends this. */
export function onListenChange(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Whether something listens, or is about to. */
export function hasListenCalls(): boolean {
  return tracked.size > 0;
}

/** Whether everything that was asked to listen does. */
export function allListen(): boolean {
  return [...tracked.values()].every(({ state }) => state === 'listening');
}

/** Call it after `listen()` of a server, with its arguments. */
export function noteListen(server: Server, args: readonly unknown[]): void {
  const anyPort = takesAnyPort(args[0]);
  note(server, () => {
    const address = server.address();
    if (address === null) return undefined;
    if (typeof address === 'string') return { name: pathOf(address), anyPort: false };
    return { name: endpoint(address), anyPort, ...schemeOf(server) };
  });
}

/** Call it after `close()` of a server: its connections may go on, but it no longer listens. */
export function noteClose(server: Server): void {
  if (!server.listening) forget(server);
}

/** From here on UDP sockets are tracked as well. Call it before the app's code runs. */
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
  // A server may listen again after it was closed or had an error.
  if (watched.has(source)) return;
  watched.add(source);
  const settle = (state: 'listening' | 'failed') => {
    const listener = tracked.get(source);
    // An error of a listening server is about a connection.
    if (listener?.state !== 'pending') return;
    listener.state = state;
    changed();
  };
  source.on('listening', () => settle('listening'));
  // A listener for 'error' would count as handling it for the app.
  source.on(errorMonitor, () => settle('failed'));
  source.on('close', () => forget(source));
}

/** Code that tries another port if one is taken does so with the same server, or with another one. */
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

/** Recognized by properties that only such servers have, because loading `node:http` and `node:tls` would cost every worker. */
function schemeOf(server: object): Pick<ListenAddress, 'scheme'> {
  const isSecure = 'setSecureContext' in server;
  // HTTP/2 servers have no `maxHeadersCount`, but `updateSettings`.
  if (!('maxHeadersCount' in server || 'updateSettings' in server)) return {};
  return { scheme: isSecure ? 'https' : 'http' };
}

function endpoint({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Absolute. An abstract socket of Linux, and a pipe of Windows, is not in a folder. */
function pathOf(path: string): string {
  if (path.startsWith('\0')) return `@${path.slice(1)}`;
  return process.platform === 'win32' ? path : resolve(path);
}
