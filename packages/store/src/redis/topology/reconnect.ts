// When a client tries again, also one that ended by itself.
import { clearTimeout, setTimeout } from 'node:timers';
import type { Redis } from 'ioredis';

/** Milliseconds from one attempt to connect to the next: so that a server is back for us soon after it is back. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(attempt * 50, 500);
}

/** What ioredis needs to be first. */
const SLACK_MS = 20;

/**
 * ioredis (seen in 6.0.0) ends a client for good where no Sentinel knows a master (see `UnrefSentinelConnector`), and where its
 * failover detector hears of a new master while the client is connecting to one: it lets go of the attempt, takes that for
 * the wish of its owner ("Connection is closed"), and nobody would ever connect it again. Nor would anybody where the timer
 * for its next attempt is one of a test that fakes timers.
 *
 * @returns what lets it end.
 */
export function connectAfterEnd(client: Redis): () => void {
  let timer: NodeJS.Timeout | undefined;
  /** How often in a row it ended, and was not of use in between. */
  let ends = 0;
  const again = (status: 'end' | 'reconnecting', afterMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // A failed attempt is told to the error listener, and ends it or is followed by the next one.
      if (client.status === status) client.connect().catch(() => {});
    }, afterMs).unref();
  };
  const onEnd = () => again('end', reconnectDelayMs(++ends));
  const onReady = () => {
    ends = 0;
  };
  const onPause = (pauseMs: number) => again('reconnecting', pauseMs + SLACK_MS);
  client.on('end', onEnd);
  client.on('ready', onReady);
  client.on('reconnecting', onPause);
  return () => {
    clearTimeout(timer);
    client.off('end', onEnd);
    client.off('ready', onReady);
    client.off('reconnecting', onPause);
  };
}
