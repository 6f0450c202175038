import { expect, test } from 'vitest';
import { interleaved } from './measure.js';
import { createReport } from './report.js';

const samples = (...values: number[]) => values;

function reportTo(lines: string[]) {
  const report = createReport((line: string) => lines.push(line));
  report.section('calls');
  return report;
}

test.each([
  ['a time within its limit', 13, 10, 'ns', { atMost: 1.3 }, 1.3, true],
  ['a time over its limit', 14, 10, 'ns', { atMost: 1.3 }, 1.4, false],
  ['a time that is short enough', 2, 10, 'µs', { atLeast: 5 }, 5, true],
  ['a time that is not', 2.5, 10, 'µs', { atLeast: 5 }, 4, false],
  ['a rate that is high enough', 500, 100, 'msg/s', { atLeast: 5 }, 5, true],
  ['a rate that is not', 499, 100, 'msg/s', { atLeast: 5 }, 4.99, false],
  ['a rate that costs too much', 50, 100, 'msg/s', { atMost: 1.3 }, 2, false],
  ['no target', 5, 10, 'ms', undefined, 2, true],
])('the ratio of %s', (what, ours, baseline, unit, target, ratio, met) => {
  const lines: string[] = [];
  const comparison = { what, ours, baseline, unit, ...(target && { target }) };
  const result = reportTo(lines).compare(comparison);
  expect(result.ratio).toBeCloseTo(ratio);
  expect(result.met).toBe(met);
  expect(lines.at(-1)).toContain(target ? (met ? 'met' : 'MISSED') : what);
});

test('samples that were taken in turns are compared turn by turn', () => {
  const lines: string[] = [];
  // The machine was busy in the second turn and the third.
  const ours = samples(10, 100, 40);
  const baseline = samples(10, 50, 20);
  const target = { atMost: 1.5 };
  const report = reportTo(lines);
  expect(report.compare({ what: 'get', ours, baseline, unit: 'ns', target }).ratio).toBe(2);
  report.end();
  expect(lines.at(-1)).toContain('missed: calls: get: 2.00x, target <= 1.5x');
});

test('what was told is there as data, with four digits of each figure', () => {
  const report = reportTo([]);
  const target = { atLeast: 3 };
  report.compare({ what: 'get', ours: samples(1, 3, 2), baseline: 10.12345, unit: 'ns', target });
  report.row({ what: 'misses', value: samples(0), unit: '' });
  report.row({ what: 'p99', value: 12.3456, unit: 'ms', note: '<= 250 ms' });
  expect(report.sections).toEqual([
    {
      title: 'calls',
      rows: [
        { what: 'get', unit: 'ns', ours: 2, baseline: 10.12, ratio: 5.062, target, met: true },
        { what: 'misses', unit: '', value: 0 },
        { what: 'p99', unit: 'ms', value: 12.35, note: '<= 250 ms' },
      ],
    },
  ]);
});

test('every way gets as many samples, with its calls awaited', async () => {
  let open = 0;
  const ways = {
    sync: () => Math.sqrt(2),
    async: async () => {
      expect(++open).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    },
  };
  const { sync, async } = await interleaved(ways, { rounds: 5, sampleMs: 0.1 });
  expect(sync).toHaveLength(5);
  expect(async).toHaveLength(5);
  for (const sample of [...sync, ...async]) expect(sample).toBeGreaterThan(0);
});
