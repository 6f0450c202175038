import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

test('long messages wait for a first listener as a whole or not at all, and reach who only asks', async () => {
  const { report, code } = await runFixture<{ kept: string[] }>('edges.js', {
    timeoutMs: 100_000,
  });
  const { kept, ...rest } = report;
  expect(kept.filter((one) => one.includes('torn'))).toEqual([]);
  // In the order of each sender, the oldest dropped.
  for (const sender of ['primary', '1']) {
    const of = kept.filter((one) => one.startsWith(`${sender} `)).map((one) => one.split(' ')[1]);
    expect(of.at(-1)).toBe('after');
    const numbers = of.slice(0, -1).map(Number);
    expect(numbers).toEqual(numbers.map((_, i) => 20 - numbers.length + i));
  }
  expect(rest).toEqual({
    config: 17,
    answers: [512 * 1024, 256 * 1024],
    failures: [
      ['MUSTER_REMOTE_ERROR', 'yyy', true],
      ['MUSTER_REMOTE_ERROR', 'yyy', true],
    ],
    crashes: [],
  });
  expect(code).toBe(0);
});
