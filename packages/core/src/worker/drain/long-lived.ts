// What goes on over the connections of a server that drains, and how what has no end of its own is ended.

import type { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { sleep } from '@muster/codec/timers';
import { type Connections, newestResponse, type Upgraded } from '../servers/connections.js';
import { closeIntervalMs } from './close-pace.js';
import { endStream, isEventStream } from './event-stream.js';
import { closeWebSocket } from './websocket.js';

/** Milliseconds between looks at what was opened by requests that came since. */
const POLL_MS = 250;

/** Requests that are being answered, and that have an end. */
export function countRequests({ open, streams }: Connections): number {
  const responses = [...open.keys()].map(underWay);
  return [...responses, ...streams].filter((one) => one && !isEventStream(one)).length;
}

/** Responses are answered in order: where the newest is done, all are. */
function underWay(socket: Socket): ServerResponse | undefined {
  const response = newestResponse.get(socket);
  return response?.writableFinished ? undefined : response;
}

/**
 * Ends WebSockets and event streams, and those that are opened yet, spread over `paceMs`, until `signal` is aborted.
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

/** One that nothing was sent over since was not answered yet, or is refused. */
function isWebSocket([socket, { protocol, sentBefore }]: [Socket, Upgraded]): boolean {
  return protocol === 'websocket' && socket.bytesWritten > sentBefore;
}

/**
 * The drain is nearly over: ends connections of protocols that only the app knows, and cuts responses that were begun. What
 * is cut is not ended: that would tell the client that it has all of it.
 */
export function endWhatIsLeft({ open, streams }: Connections): void {
  for (const stream of streams) {
    if (stream.headersSent) stream.close(constants.NGHTTP2_CANCEL);
  }
  // Those below a connection of TLS end with it.
  const inner = new Set(
    [...open.keys()].map((socket) => (socket as { _parent?: unknown })._parent),
  );
  for (const socket of open.keys()) {
    const response = underWay(socket);
    // What is not begun yet may still be answered.
    if (inner.has(socket) || (response && !response.headersSent)) continue;
    socket.on('error', () => {});
    socket.destroySoon();
  }
}
