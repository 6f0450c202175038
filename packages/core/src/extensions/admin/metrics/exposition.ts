// Metrics as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4.
import type { Metric, Sample } from './metric.js';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** If several metrics have one name, only the first is printed: Prometheus refuses a page that has a name twice. */
export function exposition(metrics: readonly Metric[]): string {
  const names = new Set<string>();
  const lines: string[] = [];
  for (const { name, help, type, values } of metrics) {
    if (names.has(name)) continue;
    names.add(name);
    lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
    for (const sample of values) lines.push(sampleLine(name, sample));
  }
  return `${lines.join('\n')}\n`;
}

function sampleLine(name: string, { metricName = name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${metricName}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${number(value)}`;
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Number.isNaN(value) ? 'NaN' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string | number): string {
  return escapeHelp(String(text)).replaceAll('"', '\\"');
}
