// A heartbeat, as rates.
import type { Heartbeat, ProcessTotals } from '../../channel/heartbeat.js';
import type { WorkerVitals } from '../../worker-status.js';

/** `heardAt`: milliseconds since the epoch. The first heartbeat of a worker gives no rates, because it has no interval. */
export function vitalsOf(
  beat: Heartbeat,
  before: ProcessTotals | undefined,
  heardAt: number,
): WorkerVitals {
  const { intervalMs, bus, store, near } = beat;
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
