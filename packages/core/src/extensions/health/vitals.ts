// A heartbeat, as rates.
import type { Heartbeat, ProcessTotals } from '../../channel/heartbeat.js';
import { addSparse, BUCKETS, percentile } from '../../channel/response-buckets.js';
import type { WorkerVitals } from '../../worker-status.js';

/** `heardAt`: milliseconds since the epoch. The first heartbeat of a worker gives no rates, because it has no interval. */
export function vitalsOf(
  beat: Heartbeat,
  before: ProcessTotals | undefined,
  heardAt: number,
): WorkerVitals {
  const { intervalMs, bus, store, near } = beat;
  const responses = percentilesOf([beat.responses ?? []]);
  const now = {
    heardAt,
    rssBytes: beat.rssBytes,
    heapUsedBytes: beat.heapUsedBytes,
    connections: beat.connections,
  };
  if (before === undefined || intervalMs === 0) return now;
  const perSecond = (count: number, was = 0) =>
    (Math.max(0, count - was) * 1_000) / Math.max(1, intervalMs);
  return {
    ...now,
    cpu: perSecond(beat.cpuMs, before.cpuMs) / 1_000,
    eventLoopDelayP99Ms: beat.eventLoopDelayP99Ms,
    eventLoopUtilization: Math.min(1, beat.eventLoopUtilization),
    requestsPerSecond: perSecond(beat.requests, before.requests),
    ...(responses && { responses }),
    ...(bus && {
      bus: {
        sentPerSecond: perSecond(bus.sent, before.bus?.sent),
        receivedPerSecond: perSecond(bus.received, before.bus?.received),
        queuedBytes: bus.queuedBytes,
      },
    }),
    ...(store && {
      store: {
        callsPerSecond: perSecond(store.calls),
        failuresPerSecond: perSecond(store.failures),
        p99Ms: store.p99Ms,
      },
    }),
    ...(near && {
      near: {
        hitsPerSecond: perSecond(near.hits, before.near?.hits),
        missesPerSecond: perSecond(near.misses, before.near?.misses),
        stalePerSecond: perSecond(near.stale, before.near?.stale),
        gaps: near.gaps,
        entries: near.entries,
      },
    }),
  };
}

/** Of all responses together, each list as heartbeats have them. `undefined` if there were none. */
export function percentilesOf(
  lists: readonly (readonly number[])[],
): { p50Ms: number; p99Ms: number } | undefined {
  const counts = new Uint32Array(BUCKETS);
  for (const pairs of lists) addSparse(counts, pairs);
  const [p50Ms, p99Ms] = [percentile(counts, 0.5), percentile(counts, 0.99)];
  return p50Ms === undefined || p99Ms === undefined ? undefined : { p50Ms, p99Ms };
}
