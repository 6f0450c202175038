/**
 * Metrics as data: the shape that prom-client gives (`registry.getMetricsAsJSON()`), so that the app's metrics and Muster's
 * are handled alike. A worker can send anything, so everything read here is checked, and invalid parts are left out.
 */

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly values: readonly Sample[];
  /** How the values of several processes are combined: `sum`, `first`, `min`, `max`, `average` or `omit`. Default: `sum`. */
  readonly aggregator?: string;
}

type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

export interface Sample {
  /** If it is not the name of the metric: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

const TYPES: readonly unknown[] = ['counter', 'gauge', 'histogram', 'summary'];
/** https://prometheus.io/docs/concepts/data_model/ */
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function readMetrics(given: unknown): Metric[] {
  return Array.isArray(given) ? given.flatMap(readMetric) : [];
}

function readMetric(given: unknown): Metric[] {
  const { name, help, type, values, aggregator } = (given ?? {}) as Record<string, unknown>;
  if (!isName(name) || !TYPES.includes(type) || !Array.isArray(values)) return [];
  return [
    {
      name,
      help: typeof help === 'string' ? help : '',
      type: type as MetricType,
      values: values.flatMap(readSample),
      ...(typeof aggregator === 'string' && { aggregator }),
    },
  ];
}

function readSample(given: unknown): Sample[] {
  const { metricName, labels = {}, value } = (given ?? {}) as Record<string, unknown>;
  if (typeof value !== 'number' || typeof labels !== 'object' || labels === null) return [];
  if (metricName !== undefined && !isName(metricName)) return [];
  const right = Object.entries(labels).every(
    ([name, text]) =>
      LABEL_NAME.test(name) && (typeof text === 'string' || typeof text === 'number'),
  );
  if (!right) return [];
  return [{ labels: labels as Sample['labels'], value, ...(metricName && { metricName }) }];
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && METRIC_NAME.test(name);
}
