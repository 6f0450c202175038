// The policy under the loads of a day, and under those that are there to make it nervous.
import { describe, expect, it } from 'vitest';
import { decide, type ResolvedRange } from '../../dist/extensions/autoscale/policy.js';
import { type Scenario, simulate } from './simulation.js';

const RANGE: ResolvedRange = {
  ...{ min: 1, max: 8, upAt: 0.7, downAt: 0.4 },
  ...{ upAfterMs: 10_000, downAfterMs: 120_000 },
};
const HOUR = 3_600;
/** Seconds: a day passes four times as fast, which is four times as steep. */
const HOUR_OF_DAY = HOUR / 4;

/** What a shop had at each hour of a day, as workers that it kept busy. */
const DAY = [
  ...[0.3, 0.2, 0.15, 0.1, 0.1, 0.2, 0.5, 1.1, 2.0, 2.6, 3.0, 3.3],
  ...[3.8, 3.5, 3.1, 3.0, 3.2, 3.5, 3.9, 4.2, 3.9, 2.7, 1.4, 0.6],
];

/** Between the hours, and trembling by a fifth from second to second. */
function ofDay(second: number): number {
  const hour = second / HOUR_OF_DAY;
  const [from = 0, to = 0] = [DAY[Math.floor(hour) % 24], DAY[Math.ceil(hour) % 24]];
  const between = from + (to - from) * (hour % 1);
  return between * (1 + 0.2 * Math.sin(second * 12.9898));
}

const sawtooth = (periodS: number, top: number) => (second: number) =>
  ((second % periodS) / periodS) * top;
const square = (periodS: number, top: number) => (second: number) =>
  second % periodS < periodS / 2 ? top : 0;

const SCENARIOS: Record<string, Scenario> = {
  day: { seconds: 24 * HOUR_OF_DAY, demand: ofDay },
  spike: { seconds: HOUR, demand: (at) => (at >= 600 && at < 900 ? 9 : 0.3) },
  'spike of a moment': { seconds: HOUR, demand: (at) => (at % 300 < 3 ? 9 : 0.3) },
  'lasting overload': { seconds: HOUR, demand: () => 20 },
  idle: { seconds: HOUR, demand: () => 0, workers: 8 },
  sawtooth: { seconds: HOUR, demand: sawtooth(300, 6) },
  'fast sawtooth': { seconds: HOUR, demand: sawtooth(20, 6) },
  'on and off': { seconds: HOUR, demand: square(260, 6) },
  'on and off, faster': { seconds: HOUR, demand: square(30, 4) },
  'a worker that spins': { seconds: HOUR, demand: () => 0.2, spins: (id) => id === 0 },
  'no heartbeats': { seconds: HOUR, demand: () => 4, workers: 4, beats: () => false },
  'heartbeats that come and go': {
    ...{ seconds: 2 * HOUR, demand: () => 1, workers: 2 },
    beats: (id, at) => (Math.floor(at / 7) + id) % 3 !== 0,
  },
  'one that is never heard': {
    ...{ seconds: HOUR, demand: () => 0, workers: 4 },
    beats: (id) => id !== 3,
  },
  'a reload that lasts': {
    ...{ seconds: HOUR, demand: () => 20 },
    isBusyOtherwise: (at) => at > 5 && at < 1_800,
  },
  'nothing comes up': { seconds: 2 * HOUR, demand: () => 20, comesUp: () => false },
};

const runs = new Map<string, ReturnType<typeof simulate>>();

function run(name: string) {
  const done = runs.get(name) ?? simulate(decide, RANGE, SCENARIOS[name] as Scenario);
  runs.set(name, done);
  return done;
}

/** Changes in any hour. A step down takes two minutes, and each step up undoes some, or fails and waits as long. */
const MOST_PER_HOUR = 60;

describe('under each load', () => {
  it.each(Object.entries(SCENARIOS))('%s: within the range, and calm', (name, scenario) => {
    const { changes, counts } = run(name);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(RANGE.min);
    expect(Math.max(...counts)).toBeLessThanOrEqual(RANGE.max);
    for (const { second } of changes) {
      const within = changes.filter((one) => one.second >= second && one.second < second + HOUR);
      expect(within.length).toBeLessThanOrEqual(MOST_PER_HOUR);
    }
    for (const [index, change] of changes.entries()) {
      expect(scenario.isBusyOtherwise?.(change.second) ?? false).toBe(false);
      const before = changes[index - 1];
      const leastS = change.to < change.from || before?.failed ? 120 : 10;
      if (before) expect(change.second - before.second).toBeGreaterThanOrEqual(leastS);
      if (change.to < change.from) expect(change.from - change.to).toBe(1);
    }
  });
});

describe('what becomes of it', () => {
  it('a lasting overload has all workers within a minute', () => {
    expect(run('lasting overload').counts[60]).toBe(8);
  });

  it('idleness has min in the end, one after the other', () => {
    const { changes, counts } = run('idle');
    expect(counts.at(-1)).toBe(1);
    expect(changes.map(({ to }) => to)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('a spike is followed, and forgotten', () => {
    const { counts } = run('spike');
    expect(counts[660]).toBe(8);
    expect(counts.at(-1)).toBe(1);
  });

  it('a moment is not a load', () => {
    expect(run('spike of a moment').changes.length).toBeLessThanOrEqual(2);
  });

  it('a day has the workers that it takes, and few changes', () => {
    const { changes, counts } = run('day');
    const short = counts.filter((count, second) => count < ofDay(second) / 1.25);
    expect(short).toEqual([]);
    expect(Math.max(...counts)).toBeLessThan(8);
    expect(changes.length).toBeLessThan(40);
  });

  it('one that spins costs one worker more', () => {
    expect(run('a worker that spins').counts.at(-1)).toBe(2);
  });

  it.each(['no heartbeats', 'heartbeats that come and go', 'one that is never heard'])(
    '%s: nothing changes',
    (name) => {
      expect(run(name).changes).toEqual([]);
    },
  );

  it('after a reload, the load of the reload does not count', () => {
    const [first] = run('a reload that lasts').changes;
    expect(first).toMatchObject({ from: 1, to: 2 });
    expect(first?.second).toBeGreaterThanOrEqual(1_800);
  });

  it('a worker that does not come up is tried again, ever so often', () => {
    const { changes } = run('nothing comes up');
    expect(changes.length).toBeGreaterThan(50);
    expect(changes.every(({ failed }) => failed)).toBe(true);
  });
});
