// Short ways to write down a metric of Muster's own.
import type { Metric, Sample } from './metric.js';

export type Point = readonly [value: number, labels?: Sample['labels']];

export function counter(name: string, help: string, points: readonly Point[]): Metric {
  return { name, help, type: 'counter', values: samplesOf(points) };
}

export function gauge(name: string, help: string, points: readonly Point[]): Metric {
  return { name, help, type: 'gauge', values: samplesOf(points) };
}

function samplesOf(points: readonly Point[]): Sample[] {
  return points.map(([value, labels = {}]) => ({ value, labels }));
}
