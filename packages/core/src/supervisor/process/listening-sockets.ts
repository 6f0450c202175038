/**
 * Closes the sockets on which node:cluster listens for the workers, before the workers are asked to leave.
 *
 * With the last worker that leaves, Node closes such a socket, and with it all connections that it has accepted and not
 * given to a worker yet (lib/internal/cluster/round_robin_handle.js, `remove`): their clients would see a reset. So at the
 * end of a cluster these sockets are closed first, and every accepted connection gets a worker.
 *
 * No call both empties the queue of a listening socket and closes it: the system resets what arrives between the last accept()
 * and the close. So the queue is made as short as it can be first, and at most one connection arrives there.
 */

import type { Worker } from 'node:cluster';
import { Server } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { whenHandedOver } from '../guard/handoffs.js';

interface Handle {
  close(...args: unknown[]): void;
  listen(backlog: number): number;
  /** TCP has it, a Unix socket has not. */
  getsockname?: unknown;
  onconnection(...args: unknown[]): void;
}

/** Milliseconds without an answer of any worker: nobody waits for workers that hang. */
const TIMEOUT_MS = 1_000;
/** Milliseconds, at most, for accepting connections that wait in the system. */
const ACCEPT_MS = 2_000;

/** Linux keeps one connection more than this; macOS takes 0 for the default. */
const SHORTEST_QUEUE = process.platform === 'linux' ? 0 : 1;

const handles = new Set<Handle>();

/** Call it right after the fork. Node listens in the turn in which a worker asks for it. */
export function watchListening(worker: Worker): void {
  const { listen } = Server.prototype;
  const child = worker.process;
  child.prependListener('internalMessage', (message: unknown) => {
    if ((message as { act?: unknown } | null)?.act !== 'queryServer') return;
    Server.prototype.listen = function (this: Server, ...args: unknown[]) {
      // Node takes the handle out of the server when it listens.
      this.prependOnceListener('listening', () => remember(this));
      return (listen as (...args: unknown[]) => Server).apply(this, args);
    } as typeof listen;
  });
  child.on('internalMessage', () => {
    Server.prototype.listen = listen;
  });
}

function remember(server: Server): void {
  const handle = (server as { _handle?: Handle | null })._handle;
  if (!handle) return;
  const { close } = handle;
  handles.add(handle);
  handle.close = (...args) => {
    handles.delete(handle);
    close.apply(handle, args);
  };
}

let handing: Promise<void> = Promise.resolve();

/** The cluster ends: accepts no more connections. */
export function closeListeningSockets(): void {
  handing = close();
}

/** Settles when workers have all connections that were accepted before the end of the cluster. */
export function whenAcceptedAreHandedOver(): Promise<void> {
  return handing;
}

async function close(): Promise<void> {
  let accepted = 0;
  for (const handle of handles) {
    const { onconnection } = handle;
    handle.onconnection = (...args) => {
      accepted += 1;
      onconnection.apply(handle, args);
    };
    // A Unix socket with a full queue refuses clients by EAGAIN, which few of them expect.
    if (handle.getsockname) handle.listen(SHORTEST_QUEUE);
  }
  // Node accepts one connection per turn (libuv 1.45 and later). Those that still wait when the socket is closed would be lost.
  const startedAt = performance.now();
  await nextTurn();
  do {
    accepted = 0;
    await nextTurn();
  } while (accepted > 0 && performance.now() - startedAt < ACCEPT_MS);
  for (const handle of [...handles]) handle.close();
  await whenHandedOver(TIMEOUT_MS);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
