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
