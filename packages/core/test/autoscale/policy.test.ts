import { describe, expect, it } from 'vitest';
import { loadOf, withSample } from '../../dist/extensions/autoscale/load-window.js';
import {
  afterFailure,
  decide,
  type Look,
  type ResolvedRange,
  type ScalingState,
} from '../../dist/extensions/autoscale/policy.js';

const RANGE: ResolvedRange = {
  ...{ min: 1, max: 8, upAt: 0.7, downAt: 0.4 },
  ...{ upAfterMs: 10_000, downAfterMs: 120_000 },
};
const NOW = 1_000_000;

/** A role that has had so many workers for long. */
function settled(workers: number, lowForMs?: number): ScalingState {
  const lowSince = lowForMs === undefined ? undefined : NOW - lowForMs;
  return { workers, lowSince, upFrom: 0 };
}

function seen(loads: readonly (number | undefined)[], more: Partial<Look> = {}): Look {
  return { now: NOW, workers: loads.length, isAtRest: true, loads, ...more };
}

describe('what follows from a look at a role', () => {
  it.each<{
    what: string;
    before: ScalingState;
    look: Look;
    range?: Partial<ResolvedRange>;
    to?: number;
  }>([
    { what: 'busy: one more', before: settled(1), look: seen([0.75]), to: 2 },
    {
      what: 'a little over the limit: one more of many',
      before: settled(4),
      look: seen([0.72, 0.71, 0.7, 0.7]),
      to: 5,
    },
    { what: 'overwhelmed: twice as many at most', before: settled(2), look: seen([1, 1]), to: 3 },
    {
      what: 'overwhelmed, and to be brought far down: twice as many at most',
      before: settled(2),
      look: seen([1, 1]),
      range: { upAt: 0.3, downAt: 0.1 },
      to: 4,
    },
    {
      what: 'overwhelmed: no more than max',
      before: settled(7),
      look: seen(Array(7).fill(1)),
      to: 8,
    },
    { what: 'overwhelmed at max: nothing', before: settled(8), look: seen(Array(8).fill(1)) },
    {
      what: 'busy, but changed a moment ago',
      before: { ...settled(2), upFrom: NOW + 1 },
      look: seen([1, 1]),
    },
    {
      what: 'busy, but during a reload',
      before: settled(2),
      look: seen([1, 1], { isAtRest: false }),
    },
    { what: 'one that spins among idle ones', before: settled(3), look: seen([1, 0, 0]) },
    { what: 'one busy, the others unknown', before: settled(2), look: seen([1, undefined]) },
    { what: 'nobody heard of', before: settled(2), look: seen([undefined, undefined]) },
    {
      what: 'a worker that has no load yet and is not in the list',
      before: settled(2, 120_000),
      look: seen([0], { workers: 2 }),
    },
    {
      what: 'idle for long enough: one less',
      before: settled(4, 120_000),
      look: seen([0, 0, 0, 0]),
      to: 3,
    },
    {
      what: 'idle, but not for long enough',
      before: settled(4, 119_999),
      look: seen([0, 0, 0, 0]),
    },
    {
      what: 'idle for long, and one unknown now',
      before: settled(2, 120_000),
      look: seen([0, undefined]),
    },
    {
      what: 'idle for long, but the rest would have too much',
      before: settled(2, 120_000),
      look: seen([0.25, 0.25]),
    },
    {
      what: 'idle for long, and during a reload',
      before: settled(2, 120_000),
      look: seen([0, 0], { isAtRest: false }),
    },
    { what: 'idle at min', before: settled(1, 120_000), look: seen([0]) },
    {
      what: 'idle at a higher min',
      before: settled(3, 120_000),
      look: seen([0, 0, 0]),
      range: { min: 3 },
    },
    { what: 'scaled to none by hand', before: settled(0), look: seen([]) },
    { what: 'scaled by hand since the last look', before: settled(2), look: seen([1, 1, 1]) },
    {
      what: 'scaled by hand since the last look, idle for long before',
      before: settled(2, 120_000),
      look: seen([0, 0, 0]),
    },
  ])('$what', ({ before, look, range, to }) => {
    expect(decide({ ...RANGE, ...range }, before, look).change?.to).toBe(to);
  });

  it('says why', () => {
    expect(decide(RANGE, settled(2), seen([0.9, 0.96])).change?.reason).toBe(
      '2 workers were 93 % busy over 10 s, more than 70 %',
    );
    expect(decide(RANGE, settled(2, 120_000), seen([0.1, 0.14])).change?.reason).toBe(
      '1 worker would be 24 % busy, and for 120 s no more than 40 %',
    );
  });

  it('counts the time of idleness from the first look at it, and anew after any other', () => {
    const first = decide(RANGE, settled(2), seen([0, 0])).state;
    expect(first.lowSince).toBe(NOW);
    const later = { now: NOW + 60_000 };
    expect(decide(RANGE, first, seen([0, 0], later)).state.lowSince).toBe(NOW);
    for (const other of [
      seen([0.5, 0.5], later),
      seen([1, 1], later),
      seen([0, undefined], later),
      seen([0, 0], { ...later, isAtRest: false }),
    ]) {
      expect(decide(RANGE, first, other).state.lowSince).toBeUndefined();
    }
  });

  it('waits for longer after a worker that did not come up', () => {
    const failed = afterFailure(RANGE, settled(1), NOW);
    const at = (now: number) => decide(RANGE, failed, seen([1], { now })).change;
    expect(at(NOW + 119_999)).toBeUndefined();
    expect(at(NOW + 120_000)).toMatchObject({ to: 2 });
  });
});

describe('the load of a worker', () => {
  const beats = (...of: (readonly [at: number, intervalMs: number, busy: number])[]) =>
    of
      .map(([at, intervalMs, busy]) => ({ at, intervalMs, busy }))
      .reduce((all, one) => withSample(all, one, 10_000), [] as ReturnType<typeof withSample>);

  it.each([
    { what: 'nothing was heard', samples: beats(), load: undefined },
    { what: 'its first heartbeat, about no time', samples: beats([9_000, 0, 0]), load: undefined },
    { what: 'it was heard for a moment', samples: beats([9_000, 1_000, 1]), load: undefined },
    {
      what: 'it counts by time',
      samples: beats([4_000, 6_000, 0], [7_000, 3_000, 1]),
      load: 1 / 3,
    },
    { what: 'an interval longer than the window', samples: beats([9_000, 60_000, 0.5]), load: 0.5 },
    { what: 'it says more than can be', samples: beats([9_000, 6_000, 40]), load: 1 },
    { what: 'what it said is too old', samples: beats([0, 9_000, 1]), load: undefined },
  ])('$what', ({ samples, load }) => {
    expect(loadOf(samples, 10_000, 10_000)).toBe(load);
  });

  it('is kept in little, however often a worker reports', () => {
    const many = beats(...Array.from({ length: 5_000 }, (_, at) => [at, 1, 1] as const));
    expect(many).toHaveLength(100);
  });
});
