// What the primary asks its workers for when `/metrics` is read: a call of the bus that no app can take.
import type { Metric } from './metric.js';

export const METRICS_CALL = '$muster.metrics';

export interface MetricsCalls {
  [METRICS_CALL]: () => WorkerMetrics;
}

interface WorkerMetrics {
  /** Muster's own of this worker. */
  readonly own: readonly Metric[];
  /** The app's, as they are; whoever reads them checks them. */
  readonly app: readonly unknown[];
}
