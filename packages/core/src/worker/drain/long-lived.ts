// The requests and long-lived connections of a server that drains, and how connections without an end of their own are closed.

import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { sleep } from '@muster/codec/timers';
import { type Connections, newestResponse, type Upgraded } from '../servers/connections.js';
import { endStream, isEventStream } from '../servers/event-stream.js';
import { closeIntervalMs } from './close-pace.js';
import { CANCEL } from './http2.js';
import { closeWebSocket } from './websocket.js';

/** Milliseconds between checks for connections that were opened since. */
const POLL_MS = 250;

/** Counts the requests in progress that have an end. */
export function countRequests({ open, streams }: Connections): number {
  const responses = [...open.keys()].map(underWay);
  return [...responses, ...streams].filter((one) => one && !isEventStream(one)).length;
}

/** Responses are sent in order: if the newest is complete, all are. */
function underWay(socket: Socket): ServerResponse | undefined {
  const response = newestResponse.get(socket);
  return response?.writableFinished ? undefined : response;
}

/**
 * Closes WebSockets and event streams, including those that are opened meanwhile, spread over `paceMs`, until `signal` is
 * aborted.
 *
 * @param leftMs until the end of the drain
 */
export async function closeLongLived(
  servers: readonly Connections[],
  { paceMs, leftMs, signal }: { paceMs: number; leftMs: number; signal: AbortSignal },
): Promise<void> {
  const closed = new WeakSet<object>();
  while (!signal.aborted) {
    const left = servers.flatMap(longLived).filter(({ of }) => !closed.has(of));
    const stepMs = closeIntervalMs(left.length, paceMs, leftMs);
    const startedAt = performance.now();
    for (const [index, { of, close }] of left.entries()) {
      const dueIn = startedAt + index * stepMs - performance.now();
      if (dueIn > 0) await sleep(dueIn);
      closed.add(of);
      close();
    }
    await sleep(POLL_MS);
  }
}

function longLived({ open, streams, upgraded }: Connections) {
  const webSockets = [...upgraded].filter(isWebSocket).map(([of]) => of);
  const responses = [...[...open.keys()].map(underWay), ...streams].filter(
    (one): one is ServerResponse | ServerHttp2Stream => one !== undefined && isEventStream(one),
  );
  return [
    ...webSockets.map((of) => ({ of, close: () => closeWebSocket(of) })),
    ...responses.map((of) => ({ of, close: () => endStream(of) })),
  ];
}

/** If nothing was sent since the upgrade, the request was not answered yet, or is refused. */
function isWebSocket([socket, { protocol, sentBefore }]: [Socket, Upgraded]): boolean {
  return protocol === 'websocket' && socket.bytesWritten > sentBefore;
}

/**
 * The drain is nearly over: ends connections whose protocol only the app knows, and cuts off responses that were begun.
 * They are cut off and not ended, because an end would tell the client that the response is complete.
 */
export function endWhatIsLeft({ open, streams }: Connections): void {
  for (const stream of streams) {
    if (stream.headersSent) stream.close(CANCEL);
  }
  // Sockets below a TLS connection end with it.
  const inner = new Set(
    [...open.keys()].map((socket) => (socket as { _parent?: unknown })._parent),
  );
  for (const socket of open.keys()) {
    const response = underWay(socket);
    // A response that was not begun yet may still come.
    if (inner.has(socket) || (response && !response.headersSent)) continue;
    socket.on('error', () => {});
    socket.destroySoon();
  }
}
