// The numbers of a sample: pure functions of what workers report.
import type { HeardWorker } from '../../health/health.js';
import { percentilesOf } from '../../health/vitals.js';
import type { ClusterSeries, SlotSeries, Value } from '../protocol.js';

type Rule = 'sum' | 'greatest' | 'mean';

interface Source {
  readonly of: (heard: HeardWorker) => number | undefined;
  /** Of several processes. */
  readonly rule: Rule;
}

const SOURCES: Readonly<Record<Exclude<SlotSeries, 'responseP50Ms' | 'responseP99Ms'>, Source>> = {
  requestsPerSecond: { of: ({ vitals }) => vitals.requestsPerSecond, rule: 'sum' },
  eventLoopDelayP99Ms: { of: ({ vitals }) => vitals.eventLoopDelayP99Ms, rule: 'greatest' },
  eventLoopUtilization: { of: ({ vitals }) => vitals.eventLoopUtilization, rule: 'mean' },
  cpu: { of: ({ vitals }) => vitals.cpu, rule: 'sum' },
  rssBytes: { of: ({ vitals }) => vitals.rssBytes, rule: 'sum' },
  connections: { of: ({ vitals }) => vitals.connections, rule: 'sum' },
  busSentPerSecond: { of: ({ vitals }) => vitals.bus?.sentPerSecond, rule: 'sum' },
  busReceivedPerSecond: { of: ({ vitals }) => vitals.bus?.receivedPerSecond, rule: 'sum' },
  storeCallsPerSecond: { of: ({ vitals }) => vitals.store?.callsPerSecond, rule: 'sum' },
  storeFailuresPerSecond: { of: ({ vitals }) => vitals.store?.failuresPerSecond, rule: 'sum' },
  storeP99Ms: { of: ({ vitals }) => vitals.store?.p99Ms, rule: 'greatest' },
};

export const SLOT_SERIES: readonly SlotSeries[] = [
  ...(['requestsPerSecond', 'responseP50Ms', 'responseP99Ms', 'eventLoopDelayP99Ms'] as const),
  ...(['eventLoopUtilization', 'cpu', 'rssBytes', 'connections'] as const),
  ...(['busSentPerSecond', 'busReceivedPerSecond'] as const),
  ...(['storeCallsPerSecond', 'storeFailuresPerSecond', 'storeP99Ms'] as const),
];

export const CLUSTER_SERIES: readonly ClusterSeries[] = [
  ...SLOT_SERIES,
  ...(['nearHitRate', 'machineLagMs', 'primaryCpu', 'primaryRssBytes'] as const),
];

/** In the order of `SLOT_SERIES`. For the processes of a slot, or for all. */
export function valuesOf(heard: readonly HeardWorker[]): Value[] {
  const responses = percentilesOf(heard.map((one) => one.responses));
  return SLOT_SERIES.map((name) => {
    if (name === 'responseP50Ms') return responses?.p50Ms ?? null;
    if (name === 'responseP99Ms') return responses?.p99Ms ?? null;
    const { of, rule } = SOURCES[name];
    return together(
      heard.flatMap((one) => of(one) ?? []),
      rule,
    );
  });
}

/** What only the cluster has. `cpu`: processors in use. */
export interface OwnValues {
  readonly machineLagMs: number | undefined;
  readonly cpu: number | undefined;
  readonly rssBytes: number;
}

/** In the order of `CLUSTER_SERIES`. */
export function clusterValues(heard: readonly HeardWorker[], own: OwnValues): Value[] {
  const near = heard.flatMap(({ vitals }) => vitals.near ?? []);
  const hits = near.reduce((sum, one) => sum + one.hitsPerSecond, 0);
  const reads = near.reduce((sum, one) => sum + one.missesPerSecond, hits);
  return [
    ...valuesOf(heard),
    reads > 0 ? hits / reads : null,
    own.machineLagMs ?? null,
    own.cpu ?? null,
    own.rssBytes,
  ];
}

function together(values: readonly number[], rule: Rule): Value {
  if (values.length === 0) return null;
  if (rule === 'greatest') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return rule === 'sum' ? sum : sum / values.length;
}
