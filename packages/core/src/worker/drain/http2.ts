/**
 * HTTP/2 sessions in a drain: the two-step shutdown of RFC 9113, 6.8. The first GOAWAY announces the end, but accepts every
 * stream that the client has opened by the time it arrives. The answer to a ping comes after these; then the second GOAWAY
 * names the last stream, and no further stream is on its way.
 */

import type { ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import { clearTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Error codes of RFC 9113, 7. `constants` of node:http2 has them as well, but a worker that speaks no HTTP/2 starts sooner
 * without that module.
 */
const NO_ERROR = 0;
export const CANCEL = 8;
/** The highest possible stream number. */
const LAST_OF_ALL = 2 ** 31 - 1;
/** Milliseconds for the answer to a ping. */
const ROUND_TRIP_MS = 1_000;

export function speaksHttp2(server: Server): boolean {
  return 'updateSettings' in server;
}

/** Milliseconds for requests that the client had queued, because it answers a ping before it sends them. */
const QUEUED_MS = 50;

/** Settles when the client can open no more streams. Open streams go on, and the session ends with the last one. */
export async function goAway(session: ServerHttp2Session): Promise<void> {
  if (session.closed || session.destroyed) return;
  // Node's clients answer with their own GOAWAY, which overtakes their requests. Node's servers would then close the
  // session and refuse the requests.
  session.close = () => {};
  session.goaway(NO_ERROR, LAST_OF_ALL);
  await roundTrip(session);
  await sleep(QUEUED_MS);
  Reflect.deleteProperty(session, 'close');
  session.close();
}

function roundTrip(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(over, ROUND_TRIP_MS);
    session.once('close', over);
    // No ping is sent if too many are unanswered.
    session.ping(over);
  });
}
