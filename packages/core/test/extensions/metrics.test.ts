import { AggregatorRegistry, Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { aggregate, cumulative } from '../../dist/extensions/admin/metrics/aggregate.js';
import { exposition } from '../../dist/extensions/admin/metrics/exposition.js';
import { readMetrics } from '../../dist/extensions/admin/metrics/metric.js';

/** What one worker of an app has, as prom-client tells it. */
async function worker(seed: number) {
  const registers = [new Registry()];
  const add = <T>(metric: T) => metric;
  const visits = add(
    new Counter({ name: 'visits_total', help: 'Visits.', labelNames: ['page'], registers }),
  );
  visits.inc({ page: '/' }, seed);
  visits.inc({ page: `only "${seed}"\\\n` }, 1);
  new Gauge({ name: 'queue', help: 'Waiting.\nHere.', registers }).set(seed);
  for (const aggregator of ['min', 'max', 'average', 'first', 'omit'] as const) {
    new Gauge({ name: `gauge_${aggregator}`, help: aggregator, aggregator, registers }).set(seed);
  }
  const times = new Histogram({ name: 'times', help: 'Times.', buckets: [1, 5], registers });
  for (let n = 0; n < seed; n++) times.observe(n);
  new Summary({ name: 'sizes', help: 'Sizes.', percentiles: [0.5], registers }).observe(seed);
  return (await (registers[0] as Registry).getMetricsAsJSON()) as unknown[];
}

/** The lines of a page, in an order of their own. */
const lines = (text: string) => text.split('\n').filter(Boolean).sort();

describe('metrics of several workers', () => {
  it("become one as prom-client's AggregatorRegistry does it", async () => {
    const workers = await Promise.all([3, 7, 4].map(worker));
    const theirs = await AggregatorRegistry.aggregate(workers as never).metrics();
    const ours = exposition(aggregate(workers.map(readMetrics)));
    expect(lines(ours)).toEqual(lines(theirs));
    expect(ours).toContain('visits_total{page="/"} 14');
    expect(ours).toContain('gauge_average 4.666666666666667');
    expect(ours).not.toContain('gauge_omit');
  });

  it('of one worker are as prom-client prints them', async () => {
    const registry = new Registry();
    new Counter({ name: 'a_total', help: 'A \\ and\na line', registers: [registry] }).inc(2);
    new Gauge({ name: 'b', help: 'B', registers: [registry] }).set(Number.POSITIVE_INFINITY);
    const page = exposition(readMetrics(await registry.getMetricsAsJSON()));
    expect(lines(page)).toEqual(lines(await registry.metrics()));
  });

  it('count on in what only grows when a worker is gone', async () => {
    const [gone, alive] = (await Promise.all([worker(3), worker(7)])).map(readMetrics);
    const names = cumulative(gone ?? []).map(({ name }) => name);
    expect(names).toEqual(['visits_total', 'times']);
    const page = exposition(aggregate([alive ?? [], cumulative(gone ?? [])]));
    expect(page).toContain('visits_total{page="/"} 10');
    expect(page).toContain('times_count 10');
    expect(page).toContain('queue 7');
  });
});

describe('metrics that a worker tells', () => {
  const right = { name: 'a', help: 'A', type: 'gauge', values: [{ labels: {}, value: 1 }] };

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'metrics'],
    ['no metrics', [null, 7, 'x', {}]],
    ['a name that breaks the page', [{ ...right, name: 'a 1\nb' }]],
    ['a type that there is not', [{ ...right, type: 'boast' }]],
    ['values that are none', [{ ...right, values: 'many' }]],
  ])('are left out: %s', (_what, given) => {
    expect(readMetrics(given)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['no number', { labels: {}, value: '1' }],
    ['a label that breaks the page', { labels: { 'a"b': 'c' }, value: 1 }],
    ['a label of an object', { labels: { a: {} }, value: 1 }],
    ['a name of its own that breaks the page', { metricName: 'a{', labels: {}, value: 1 }],
    ['null', null],
  ])('lose a sample that is wrong: %s', (_what, sample) => {
    expect(readMetrics([{ ...right, values: [sample, ...right.values] }])).toEqual([right]);
  });
});

describe('the page for Prometheus', () => {
  it('has each name once, and escapes what labels and help hold', () => {
    const gauge = { name: 'a', help: 'one\\\ntwo "three"', type: 'gauge' as const };
    const values = [
      { labels: { path: 'C:\\ "x"\ny', code: 200 }, value: Number.NaN },
      { labels: {}, value: Number.NEGATIVE_INFINITY },
    ];
    expect(
      exposition([
        { ...gauge, values },
        { ...gauge, values: [] },
      ]),
    ).toBe(
      [
        '# HELP a one\\\\\\ntwo "three"',
        '# TYPE a gauge',
        'a{path="C:\\\\ \\"x\\"\\ny",code="200"} NaN',
        'a -Inf',
        '',
      ].join('\n'),
    );
  });
});
