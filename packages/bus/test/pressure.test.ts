import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

interface Report {
  disorder: number[];
  dropped: number[];
  heldOfBroadcasts: number;
  heldOfReplies: number;
  outcomes: Record<string, number>;
  unsent: string[];
}

test('awaited broadcasts are never lost, and replies that nobody reads fail for both sides', async () => {
  const { report, code } = await runFixture<Report>('pressure.js', { timeoutMs: 110_000 });
  const nothing = report.dropped.map(() => 0);
  expect({ dropped: report.dropped, disorder: report.disorder, code }).toEqual({
    dropped: nothing,
    disorder: nothing.slice(1),
    code: 0,
  });
  // In limits of an outbox: what is over it is within the windows of four senders, of two limits and a frame each.
  expect(report.heldOfBroadcasts).toBeGreaterThan(1);
  expect(report.heldOfBroadcasts).toBeLessThan(1 + 4 * 3);
  // A credit of eight limits, and a window.
  expect(report.heldOfReplies).toBeGreaterThan(1);
  expect(report.heldOfReplies).toBeLessThan(1 + 8 + 3);
  const { answered = 0, MUSTER_BACKPRESSURE: refused = 0 } = report.outcomes;
  expect(refused).toBeGreaterThan(100);
  expect(answered + refused).toBe(300);
  expect(report.unsent).toEqual(Array.from({ length: refused }, () => 'big MUSTER_BACKPRESSURE'));
});

test('with drop-oldest no more is held than the limit, the message under way and the newest, however long they are', async () => {
  const { report, code } = await runFixture<{
    heard: number[];
    most: number;
    dropped: number;
    warnings: string[];
  }>('drop-oldest.js');
  const { heard, most, dropped, warnings } = report;
  const MIB = 1024 * 1024;
  expect(most).toBeGreaterThan(3 * MIB);
  expect(most).toBeLessThan(4 * MIB + 2 * MIB);
  expect(heard).toEqual([...heard].sort((a, b) => a - b));
  expect(heard.at(-1)).toBe(39);
  expect(dropped).toBeGreaterThan(10);
  expect(heard.length + dropped).toBe(40);
  expect({ warnings, code }).toEqual({ warnings: [], code: 0 });
});
