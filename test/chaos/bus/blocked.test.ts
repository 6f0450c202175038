import { expect, test } from 'vitest';
import { runFixture } from '../../../packages/bus/test/support/run-fixture.js';
import { round } from '../rounds.js';

interface Round {
  /** Of the memory of the primary, in bytes. */
  peak: number;
  /** What waited for the blocked one, at most. */
  waits: number;
  sent: number;
  refused: number;
  awaited: number;
}

interface Report {
  calm: Round;
  blocked: Round;
  /** In all rounds. */
  sent: number;
  heard: number;
  /** On its way to the primary, which was slow, in all rounds. */
  droppedBySender: number;
  stats: {
    dropped: number;
    members: { slot: number | string; dropped: number; messages: number }[];
  };
}

const MIB = 1024 * 1024;

/**
 * How long a worker is blocked at least, and how much the outboxes may hold: less than is sent meanwhile. The others talk
 * on, or no block would end.
 */
const { blockMs, limit } = round({
  short: { blockMs: 750, limit: 4 * MIB },
  full: { blockMs: 10_000, limit: 16 * MIB },
});

test.each([
  ['primary', 'ignore', 'block'],
  ['worker', 'await', 'block'],
  ['worker', 'ignore', 'drop-oldest'],
  ['worker', 'ignore', 'error'],
])(
  'a blocked worker under a flood: sent by the %s, promises %s, %s',
  async (who, how, policy) => {
    const run = await runFixture<Report>('flood.js', {
      args: [who, how, policy, `${blockMs}`, `${limit}`],
      timeoutMs: 220_000,
    });
    const { calm, blocked, sent, heard, droppedBySender, stats } = run.report;
    // Who awaits stops when the member is busy, and what may be dropped makes room for itself. Else: the limit of its outbox,
    // and the credit of the one who sends (as much, and 4 MiB at least). To both, the window; and 30 MB.
    const isLossy = policy === 'drop-oldest';
    const [least, bound] =
      how === 'await'
        ? [MIB / 4, MIB / 2 + 2 * MIB]
        : [limit / 2, limit + (isLossy ? MIB / 8 : Math.max(limit, 4 * MIB) + 2 * MIB)];
    expect(blocked.waits).toBeGreaterThan(least);
    expect(blocked.waits).toBeLessThan(bound);
    expect(blocked.peak - calm.peak).toBeLessThan(bound + 30_000_000);

    const { dropped, members } = stats;
    // Slots 1 and 2 still talk to each other.
    const rest = members.filter(({ slot }) => slot !== 1 && slot !== 2);
    expect(rest.map((one) => one.messages)).toEqual([0, 0, 0]);
    expect(members.filter((one) => one.slot !== 0).map((one) => one.dropped)).toEqual([0, 0, 0, 0]);
    // What was neither dropped nor refused arrived.
    expect(heard).toBe(sent - dropped - droppedBySender);
    expect(dropped > 0).toBe(how === 'ignore' && policy !== 'error');
    expect(blocked.refused > 0).toBe(policy === 'error');
    // Who waits was held up, for a good part of the block.
    expect(blocked.awaited > blockMs / 8).toBe(how === 'await');
    expect(run.stderr.includes('MUSTER_BACKPRESSURE')).toBe(how === 'ignore' && policy === 'block');
    expect(run.code).toBe(0);
  },
  240_000,
);
