// The bus call by which the primary asks its workers for metrics when `/metrics` is read. No app can handle this name.
import type { Metric } from './metric.js';

export const METRICS_CALL = '$muster.metrics';

export interface MetricsCalls {
  [METRICS_CALL]: () => WorkerMetrics;
}

interface WorkerMetrics {
  /** Muster's own metrics of this worker. */
  readonly own: readonly Metric[];
  /** The app's metrics, unchecked. */
  readonly app: readonly unknown[];
}
