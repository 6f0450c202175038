// Metrics of several processes as those of one, by the rules of prom-client's AggregatorRegistry.
import type { Metric, Sample } from './metric.js';

type Rule = (values: readonly number[]) => number;

const sum: Rule = (values) => values.reduce((total, value) => total + value, 0);

const RULES: Readonly<Record<string, Rule>> = {
  sum,
  first: ([first = Number.NaN]) => first,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  average: (values) => sum(values) / values.length,
};

/** `processes`: the metrics of each. A metric is what the first process that has it says it is. */
export function aggregate(processes: readonly (readonly Metric[])[]): Metric[] {
  const byName = new Map<string, { first: Metric; samples: Map<string, Sample[]> }>();
  for (const metric of processes.flat()) {
    let group = byName.get(metric.name);
    if (!group) {
      group = { first: metric, samples: new Map() };
      byName.set(metric.name, group);
    }
    for (const sample of metric.values) {
      const key = keyOf(sample);
      const same = group.samples.get(key);
      if (same) same.push(sample);
      else group.samples.set(key, [sample]);
    }
  }
  return [...byName.values()].flatMap(({ first, samples }) => {
    if (first.aggregator === 'omit') return [];
    const rule = RULES[first.aggregator ?? 'sum'] ?? sum;
    const values = [...samples.values()].map((same) => ({
      ...(same[0] as Sample),
      value: rule(same.map(({ value }) => value)),
    }));
    return [{ ...first, values }];
  });
}

/** The metrics that only grow. They still count after the process that counted them is gone, or does not answer. */
export function cumulative(metrics: readonly Metric[]): Metric[] {
  return metrics.filter(
    ({ type, aggregator = 'sum' }) =>
      (type === 'counter' || type === 'histogram') && aggregator === 'sum',
  );
}

function keyOf({ metricName = '', labels }: Sample): string {
  const pairs = Object.entries(labels).map(([name, value]) => [name, String(value)]);
  return JSON.stringify([metricName, ...pairs.sort()]);
}
