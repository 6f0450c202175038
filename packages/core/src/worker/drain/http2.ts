/**
 * Sessions of HTTP/2 in a drain: the shutdown in two steps of RFC 9113, 6.8. The first GOAWAY says that there will be no
 * more, and takes all that the client has sent by the time it hears of it. A ping comes back behind that; the second
 * GOAWAY then names the last stream, and no stream after it is on its way.
 */

import { constants, type ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import { clearTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

/** No stream has a higher number. */
const LAST_OF_ALL = 2 ** 31 - 1;
/** Milliseconds for the answer to a ping. */
const ROUND_TRIP_MS = 1_000;

export function speaksHttp2(server: Server): boolean {
  return 'updateSettings' in server;
}

/** Milliseconds for requests that the client had queued: it answers a ping ahead of them. */
const QUEUED_MS = 50;

/** Settles when the client can begin no more streams; those under way go on, and the session ends with the last one. */
export async function goAway(session: ServerHttp2Session): Promise<void> {
  if (session.closed || session.destroyed) return;
  // Node's clients answer with a GOAWAY of their own, which overtakes their requests; Node's servers would close the
  // session upon that, and refuse these.
  session.close = () => {};
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_OF_ALL);
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
    // It is not sent where too many wait for their answer.
    session.ping(over);
  });
}
