// The judge of the chaos is right about a history that holds, and finds each way in which one can be falsified.
import { describe, expect, test } from 'vitest';
import { faultsOf, type Gap, type Report, type Run } from './history.js';

const LIMITS = { tellMs: 2_000, settleMs: 5_000 };

const run = (from: number, to: number, fromMs: number, toMs: number, sender = 'b/0'): Run => ({
  ...{ sender, machine: 'b', from, to, fromMs, toMs },
});

/** `a/0` hears all of `b/0`, which sends 0 to 9, but for 5 and 6, and was told so. */
const whole = {
  runs: [run(0, 4, 0, 400), run(7, 9, 5_000, 5_300)],
  gaps: [{ machine: 'b', atMs: 5_100 }],
  requests: { pending: 0, slowestMs: 100, mistaken: 0 },
};

function faults(changes: Partial<Report>): string[] {
  const silent = { name: 'b/0', sent: 10, runs: [], gaps: [], requests: whole.requests };
  return faultsOf([{ name: 'a/0', sent: 0, ...whole, ...changes }, silent], LIMITS);
}

describe('the judge of the chaos', () => {
  test('finds nothing in a history that holds', () => {
    expect(faults({})).toEqual([]);
    // What was sent before the first message that came is not missed, nor what a sender sent that was killed.
    expect(faults({ runs: [run(3, 9, 0, 400)], gaps: [] })).toEqual([]);
    expect(faults({ runs: [run(3, 4, 0, 400, 'killed/0')], gaps: [] })).toEqual([]);
    // A machine may get another name meanwhile.
    const renamed = { ...run(5, 9, 500, 600), machine: 'b-2' };
    expect(faults({ runs: [run(0, 4, 0, 400), renamed], gaps: [] })).toEqual([]);
  });

  const gap = (machine: string, atMs: number): Gap => ({ machine, atMs });
  const [first, second] = whole.runs as [Run, Run];
  test.each<[string, Partial<Report>, string]>([
    ['a duplicate', { runs: [first, run(4, 9, 5_000, 5_300)] }, 'a/0 heard 4 of b/0 after 4'],
    ['another order', { runs: [second, run(0, 6, 6_000, 6_100)] }, 'a/0 heard 0 of b/0 after 9'],
    ['a loss without a gap', { gaps: [] }, 'a/0 missed 5 to 6 of b/0, and no gap'],
    ['a gap of another machine', { gaps: [gap('c', 5_100)] }, 'a/0 missed 5 to 6'],
    ['a gap before the loss', { gaps: [gap('b', 399)] }, 'a/0 missed 5 to 6'],
    ['a gap that is told late', { gaps: [gap('b', 7_001)] }, 'a/0 missed 5 to 6'],
    ['an end that is lost', { runs: [first], gaps: [] }, 'a/0 missed 5 to 9 of b/0, and no gap'],
    [
      'numbers nobody sent',
      { runs: [first, run(5, 12, 500, 600)], gaps: [] },
      'a/0 heard 12 of b/0, which sent 10',
    ],
    [
      'a request that is not settled',
      { requests: { ...whole.requests, pending: 1 } },
      '1 requests of a/0 are not settled',
    ],
    [
      'a request that takes too long',
      { requests: { ...whole.requests, slowestMs: 5_001 } },
      'a request of a/0 took 5001 ms',
    ],
    [
      'the answer to another request',
      { requests: { ...whole.requests, mistaken: 2 } },
      'a/0 got 2 answers to other requests',
    ],
  ])('finds %s', (_, changes, fault) => {
    expect(faults(changes)[0]).toContain(fault);
  });
});
