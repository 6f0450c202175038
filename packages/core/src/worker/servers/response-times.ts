/**
 * Times the responses of this process while somebody observes them: from the request to the moment when the last byte is handed to the
 * system. Responses without a natural end, and those that broke off, are left out. Node announces HTTP/1 on diagnostics channels,
 * which cost nothing while nobody subscribes.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';
import { BUCKETS, bucketOf, sparse } from '../../channel/response-buckets.js';
import { isEventStream } from './event-stream.js';

const STARTED = 'http.server.request.start';
const FINISHED = 'http.server.response.finish';

const began = new WeakMap<ServerResponse, number>();
const counts = new Uint32Array(BUCKETS);
let observing = false;

export function observeResponses(wanted: boolean): void {
  if (wanted === observing) return;
  observing = wanted;
  const change = wanted ? subscribe : unsubscribe;
  change(STARTED, started);
  change(FINISHED, finished);
}

/** HTTP/2 has no such channels on all versions of Node. */
export function timeStream(stream: ServerHttp2Stream): void {
  if (!observing) return;
  const start = performance.now();
  stream.once('close', () => {
    if (!stream.aborted && stream.headersSent && !isEventStream(stream)) count(start);
  });
}

/** Since the last call, as `sparse` of response-buckets.ts; `undefined` while nobody observes. */
export function takeResponses(): number[] | undefined {
  if (!observing) return undefined;
  const taken = sparse(counts);
  counts.fill(0);
  return taken;
}

function started(message: unknown): void {
  began.set((message as { response: ServerResponse }).response, performance.now());
}

function finished(message: unknown): void {
  const { response } = message as { response: ServerResponse };
  const start = began.get(response);
  if (start !== undefined && !isEventStream(response)) count(start);
}

function count(start: number): void {
  const bucket = bucketOf(performance.now() - start);
  counts[bucket] = (counts[bucket] as number) + 1;
}
