// Schedules of processes that are restarted again and again while the time of day goes through days of 23 and 25 hours and a leap
// day, or is set back and forth: each due time has one run, and none is missed. test/chaos/queue/clocks.test.ts sets real clocks.
import { randomUUID } from 'node:crypto';
import { createSchedule, type ScheduleOptions } from '@muster/queue';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { clock } from '../../../test/support/settable-clock.js';

const MINUTE_MS = 60_000;
const STEP_MS = 60 * MINUTE_MS;

/** Two processes, as far as a store can tell. */
const stores = [0, 1].map(() => createSharedStore({ url: 'memory:clocks' })) as [
  SharedStore,
  SharedStore,
];
beforeAll(() => Promise.all(stores.map((store) => store.ready())));
afterEach(() => {
  clock.stoppedAt = undefined;
  clock.aheadMs = 0;
});
afterAll(() => Promise.all(stores.map((store) => store.close())));

interface Run {
  readonly due: string;
  readonly missed: number;
}

const shown = (time: Date): string => time.toISOString().slice(0, 16);

type Rules = Pick<ScheduleOptions, 'name'> &
  ({ readonly cron: string; readonly timeZone: string } | { readonly everyMs: number });

/** Sets the clock to each of these times, and starts the schedule anew in both processes. */
async function through(times: readonly number[], options: Rules): Promise<Run[]> {
  const runs: Run[] = [];
  for (const time of times) {
    clock.stoppedAt = time;
    const schedules = stores.map((store) =>
      createSchedule({ ...options, store }, ({ dueAt, missed }) => {
        runs.push({ due: shown(dueAt), missed });
      }),
    );
    await vi.waitFor(async () => {
      // Everything that is due has been handled, and has run.
      const [next, last] = await Promise.all([schedules[0]?.next(), schedules[0]?.last()]);
      expect(next === undefined || next.getTime() > time).toBe(true);
      if (last) expect(runs.at(-1)?.due).toBe(shown(last));
    });
    await Promise.all(schedules.map((schedule) => schedule.close()));
  }
  return runs;
}

function steps(from: string, to: string): number[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: (last - first) / STEP_MS + 1 }, (_, n) => first + n * STEP_MS);
}

/** The clock is set back after every fourth step, by hours. */
function backAndForth(times: readonly number[]): number[] {
  return times.flatMap((time, n) => (n % 4 === 3 ? [time, time - 6 * STEP_MS] : [time]));
}

const PARIS = 'Europe/Paris';
const days = [
  {
    day: 'of 23 hours, a time that does not exist',
    options: { cron: '30 2 * * *', timeZone: PARIS },
    from: '2026-03-28T00:30Z',
    to: '2026-03-30T03:30Z',
    dues: ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
  },
  {
    day: 'of 25 hours, a time that is there twice',
    options: { cron: '30 2 * * *', timeZone: PARIS },
    from: '2026-10-23T23:30Z',
    to: '2026-10-26T03:30Z',
    dues: ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
  },
  {
    day: 'of 25 hours, each hour',
    options: { cron: '0 * * * *', timeZone: PARIS },
    from: '2026-10-24T23:30Z',
    to: '2026-10-25T03:30Z',
    dues: ['00', '01', '02', '03'].map((hour) => `2026-10-25T${hour}:00`),
  },
  {
    day: 'that leaps',
    options: { cron: '0 0 29 2 *', timeZone: 'UTC' },
    from: '2028-02-28T18:00Z',
    to: '2028-03-01T01:00Z',
    dues: ['2028-02-29T00:00'],
  },
] as const;

describe('on a day', () => {
  it.each(days)('$day', async ({ day, options, from, to, dues }) => {
    // The first due time is the first after a process has declared the schedule.
    const runs = await through(backAndForth(steps(from, to)), { ...options, name: day });
    expect(runs).toEqual(dues.map((due) => ({ due, missed: 0 })));
  });
});

it('a clock that is set forward runs the last of what it skips, and counts the others', async () => {
  const forward = [0, 1, 5, 6, 20, 20].map((n) => Date.parse('2026-05-05T00:00Z') + n * STEP_MS);
  const runs = await through(forward, { name: 'forward', everyMs: STEP_MS });
  expect(runs).toEqual([
    { due: '2026-05-05T01:00', missed: 0 },
    { due: '2026-05-05T05:00', missed: 3 },
    { due: '2026-05-05T06:00', missed: 0 },
    { due: '2026-05-05T20:00', missed: 13 },
  ]);
});

it('a clock that is set back runs nothing again', async () => {
  const noon = Date.parse('2026-05-05T12:00Z');
  const times = [-1, 0, -24, -12, -1, 0, 1].map((n) => noon + n * STEP_MS);
  const runs = await through(times, { name: 'back', cron: '0 * * * *', timeZone: 'UTC' });
  expect(runs).toEqual(['12', '13'].map((hour) => ({ due: `2026-05-05T${hour}:00`, missed: 0 })));
});

const DAY_MS = 24 * 60 * MINUTE_MS;

it.each([
  ['ahead of', DAY_MS],
  ['behind', -DAY_MS],
])('on Redis, whose clock decides, a process may be a day %s it', async (_, aheadMs) => {
  const store = createSharedStore({ url: inject('redisUrl'), keyPrefix: `${randomUUID()}:` });
  const options = { store, name: 'wrong', everyMs: 100, overlap: true };
  const runs: Run[] = [];
  const lates: number[] = [];
  const now = (): number => Date.now() - clock.aheadMs;
  const start = () =>
    createSchedule(options, ({ dueAt, missed }) => {
      runs.push({ due: dueAt.toISOString(), missed });
      lates.push(now() - dueAt.getTime());
    });
  const someMore = async (): Promise<void> => {
    const before = runs.length;
    await vi.waitFor(() => expect(runs.length).toBeGreaterThan(before + 2));
  };
  // One that is right at first, and one that is wrong at first.
  for (const wrong of [0, aheadMs]) {
    clock.aheadMs = wrong;
    const schedule = start();
    await someMore();
    clock.aheadMs = aheadMs - wrong;
    await someMore();
    await schedule.close();
  }
  clock.aheadMs = 0;
  await store.close();
  runs.sort((a, b) => a.due.localeCompare(b.due));
  const dues = runs.map(({ due }) => Date.parse(due));
  expect(new Set(dues).size).toBe(dues.length);
  const missed = runs.reduce((sum, run) => sum + run.missed, 0);
  const [first = 0, last = 0] = [dues[0], dues.at(-1)];
  expect(dues.length + missed - (runs[0]?.missed ?? 0)).toBe((last - first) / 100 + 1);
  // None runs before its time, nor a day later.
  expect(Math.min(...lates)).toBeGreaterThan(-100);
  expect(Math.max(...lates)).toBeLessThan(DAY_MS / 2);
});
