// The calls of the store as metrics.

import type { Metric } from '../../extensions/admin/metrics/metric.js';
import { counter } from '../../extensions/admin/metrics/metric-builders.js';
import { BUCKETS, type CallCount } from './store-calls.js';

export function storeMetrics(counts: readonly CallCount[]): Metric[] {
  const calls = counter(
    'muster_store_calls_total',
    'Calls of the shared store, by outcome: ok, or the code of the error.',
    counts.map(({ call, engine, outcome, count }) => [count, { call, engine, outcome }]),
  );
  const duration: Metric = {
    name: 'muster_store_call_duration_seconds',
    help: 'How long calls of the shared store took.',
    type: 'histogram',
    values: counts.flatMap(({ call, engine, outcome, count, sumMs, buckets }) => {
      const labels = { call, engine, outcome };
      const metricName = (part: string) => `muster_store_call_duration_seconds_${part}`;
      let below = 0;
      return [
        ...BUCKETS.map((le, index) => {
          below += buckets[index] ?? 0;
          return { metricName: metricName('bucket'), labels: { ...labels, le }, value: below };
        }),
        { metricName: metricName('bucket'), labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: metricName('sum'), labels, value: sumMs / 1_000 },
        { metricName: metricName('count'), labels, value: count },
      ];
    }),
  };
  return counts.length === 0 ? [] : [calls, duration];
}
