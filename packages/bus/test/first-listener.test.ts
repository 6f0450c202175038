import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

const MIB = 1024 * 1024;

test('long messages that were kept come whole or not at all, and what follows comes', async () => {
  const { report } = await runFixture<{
    heard: [string, number][];
    dropped: number;
    warnings: string[];
  }>('first-listener.js', { args: ['Infinity', 'long'] });
  const early = report.heard.filter(([text]) => /^\d/.test(text));
  for (const [text, length] of early) expect([text, length]).toEqual([text, MIB]);
  const ofPrimary = early.map(([text]) => text).filter((text) => !text.endsWith(' of 1'));
  // The newest of them, in order.
  expect(ofPrimary).toEqual(
    Array.from({ length: 20 }, (_, i) => `${i}`).slice(20 - ofPrimary.length),
  );
  expect(early.length).toBeGreaterThan(10);
  // Ten short ones before them are the first to go.
  expect(early.length + report.dropped).toBe(24 + 10);
  expect(report.warnings).toEqual([
    expect.stringContaining('for the worker in slot 0 (generation 1) were dropped'),
  ]);
  expect(report.heard.slice(-2)).toEqual([
    ['late', MIB],
    ['last', 4],
  ]);
});

test('what nobody asked for in time is gone without being counted as a loss for want of room, and a call that nobody takes settles', async () => {
  const { report } = await runFixture('first-listener.js', { args: ['300'] });
  expect(report).toEqual({
    heard: [['last', 4]],
    dropped: 0,
    before: ['MUSTER_NO_HANDLER', expect.stringContaining('No bus in the worker in slot 1')],
    after: 'MUSTER_NO_HANDLER',
  });
});
