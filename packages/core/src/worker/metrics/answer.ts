// Answers the primary when it asks for the metrics of this worker.
import type { AnyEvents } from '@muster/bus';
import { createControlBus } from '@muster/bus/cluster';
import { METRICS_CALL, type MetricsCalls } from '../../extensions/admin/metrics/metrics-call.js';
import { nearMetrics } from './near-metrics.js';
import { nearTotals } from './near-totals.js';
import { appMetrics } from './registries.js';
import { storeCalls } from './store-calls.js';
import { storeMetrics } from './store-metrics.js';

export function answerMetrics(): void {
  const bus = createControlBus<AnyEvents, MetricsCalls>();
  bus.handle(METRICS_CALL, async () => ({
    own: [...storeMetrics(storeCalls()), ...nearMetrics(nearTotals())],
    app: await appMetrics(),
  }));
}
