// How often workers report: a pure function of their limits.
import type { Complete } from '@muster/codec/options';
import type { HealthOptions } from '../../cluster-options.js';

/** Milliseconds between heartbeats, and between checks of them, unless a limit requires more. */
const INTERVAL_MS = 1_000;
const MIN_INTERVAL_MS = 50;
/** The same for a worker that does nothing, and for one whose memory is limited, which may begin to grow at any moment. */
const IDLE_INTERVAL_MS = 20_000;
const LIMITED_INTERVAL_MS = 2_000;

export interface Intervals {
  /** Milliseconds between heartbeats, and between checks of them. */
  readonly everyMs: number;
  /** Milliseconds between heartbeats of a worker that does nothing. */
  readonly idleEveryMs: number;
}

export function intervalsOf(limits: readonly Complete<HealthOptions>[]): Intervals {
  const hungAfter = limits.map(({ hungAfterMs }) => hungAfterMs).filter((ms) => ms > 0);
  const fifths = hungAfter.map((ms) => ms / 5);
  const everyMs = Math.max(MIN_INTERVAL_MS, Math.min(INTERVAL_MS, ...fifths));
  const isLimited = limits.some(({ maxRssBytes }) => maxRssBytes > 0);
  const mostMs = isLimited ? LIMITED_INTERVAL_MS : IDLE_INTERVAL_MS;
  const thirds = hungAfter.map((ms) => (2 * ms) / 3);
  return { everyMs, idleEveryMs: Math.max(everyMs, Math.min(mostMs, ...thirds)) };
}
