import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

interface Round {
  pings: number;
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
  stats: {
    dropped: number;
    members: { slot: number | string; dropped: number; messages: number }[];
  };
}

const MIB = 1024 * 1024;
const BLOCK_MS = 4_000;

test.each([
  ['primary', 'ignore', 'block'],
  ['worker', 'await', 'block'],
  ['worker', 'ignore', 'drop-oldest'],
  ['worker', 'ignore', 'error'],
])('a blocked worker under a flood: sent by the %s, promises %s, %s', async (who, how, policy) => {
  const run = await runFixture<Report>('flood.js', {
    args: [who, how, policy, `${BLOCK_MS}`],
    timeoutMs: 60_000,
  });
  const { calm, blocked, sent, heard, stats } = run.report;
  // The limit of its outbox with what may go over it, and 20 MB.
  expect(blocked.waits).toBeGreaterThan(8 * MIB);
  expect(blocked.waits).toBeLessThan(21 * MIB);
  expect(blocked.peak - calm.peak).toBeLessThan(20 * MIB + 20_000_000);
  // The others talk as before.
  expect(blocked.pings).toBeGreaterThan(calm.pings / 3);

  const { dropped, members } = stats;
  expect(members.map((one) => one.messages)).toEqual(members.map(() => 0));
  expect(members.filter((one) => one.slot !== 0).map((one) => one.dropped)).toEqual([0, 0, 0, 0]);
  // What was neither dropped nor refused arrived.
  expect(heard).toBe(sent - dropped);
  expect(dropped > 0).toBe(how === 'ignore' && policy !== 'error');
  expect(blocked.refused > 0).toBe(policy === 'error');
  // Who waits was held up, for a good part of the block.
  expect(blocked.awaited > BLOCK_MS / 8).toBe(how === 'await');
  expect(run.stderr.includes('MUSTER_BACKPRESSURE')).toBe(how === 'ignore' && policy === 'block');
  expect(run.code).toBe(0);
});
