// When a client reconnects, also one that has ended by itself.
import { clearTimeout, setTimeout } from 'node:timers';
import type { Redis } from 'ioredis';

/** Milliseconds from one attempt to connect to the next: a server that is back is noticed soon. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(attempt * 50, 500);
}

/** Gives ioredis's own timer the time to be first. */
const SLACK_MS = 20;

/**
 * ioredis (seen in 6.0.0) ends a client for good where no Sentinel knows a master (see `UnrefSentinelConnector`), and where its
 * failover detector hears of a new master while the client is connecting to one: it aborts the attempt, takes that for the wish of its
 * owner ("Connection is closed"), and never connects again. It does not connect again either if a test has faked the timer for its
 * next attempt.
 *
 * @returns a function that lets the client end.
 */
export function connectAfterEnd(client: Redis): () => void {
  let timer: NodeJS.Timeout | undefined;
  /** How often in a row the client has ended without being ready in between. */
  let ends = 0;
  const again = (status: 'end' | 'reconnecting', afterMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // The error listener gets the error of a failed attempt, which ends the client or is followed by the next attempt.
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
