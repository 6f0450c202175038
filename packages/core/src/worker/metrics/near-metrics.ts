// The near caches of the store as metrics.
import type { NearTotals } from '../../channel/heartbeat.js';
import type { Metric } from '../../extensions/admin/metrics/metric.js';
import { counter, gauge } from '../../extensions/admin/metrics/metric-builders.js';

/** None if the process has had no near cache. */
export function nearMetrics(near: NearTotals | undefined): Metric[] {
  if (!near) return [];
  return [
    counter(
      'muster_store_near_reads_total',
      'Reads of near caches: hit; miss, which asked Redis; stale, a miss although a value was kept.',
      [
        [near.hits, { result: 'hit' }],
        [near.misses - near.stale, { result: 'miss' }],
        [near.stale, { result: 'stale' }],
      ],
    ),
    counter(
      'muster_store_near_gaps_total',
      'How often near caches were emptied because changes may have been missed.',
      [[near.gaps]],
    ),
    gauge('muster_store_near_entries', 'Values that near caches keep.', [[near.entries]]),
  ];
}
