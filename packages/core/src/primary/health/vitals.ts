// What a heartbeat says, as rates.
import type { Heartbeat } from '../../heartbeat.js';
import type { WorkerVitals } from '../../worker-status.js';

/** `heardAt`: milliseconds since the epoch. */
export function vitalsOf(beat: Heartbeat, heardAt: number): WorkerVitals {
  const perSecond = (count: number) => (count * 1_000) / Math.max(1, beat.intervalMs);
  const { bus, store } = beat;
  return {
    heardAt,
    cpu: beat.cpuMs / Math.max(1, beat.intervalMs),
    rssBytes: beat.rssBytes,
    heapUsedBytes: beat.heapUsedBytes,
    eventLoopDelayP99Ms: beat.eventLoopDelayP99Ms,
    eventLoopUtilization: Math.min(1, beat.eventLoopUtilization),
    connections: beat.connections,
    requestsPerSecond: perSecond(beat.requests),
    ...(bus && {
      bus: {
        sentPerSecond: perSecond(bus.sent),
        receivedPerSecond: perSecond(bus.received),
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
  };
}
