// Schedules: one run for each due time, among all processes that have them.
import assert from 'node:assert/strict';
import type { SharedStore } from '@muster/store';
import { resolveQueue } from '../options/queue-options.js';
import { QueueHome } from '../queue-home.js';
import { listSchedules, removeSchedule } from '../schedule/listing.js';
import { declareSchedule, KIND, RECORD, readRecord } from '../schedule/procedures.js';
import { formatRecord } from '../schedule/record.js';
import { createSchedule } from '../schedule/shared-schedule.js';
import { timesOf } from '../schedule/times.js';
import type { ScheduleRun } from '../schedule.js';
import { type Case, eventually, gate } from './case.js';

const HOUR_MS = 3_600_000;

function recordsOf(store: SharedStore, name: string) {
  const home = new QueueHome(resolveQueue({ store, name }, KIND));
  const { texts, base } = home;
  const run = (declaration: Parameters<typeof declareSchedule.args>[0]) =>
    home.run(declareSchedule, declaration);
  return { texts, base, run };
}

export const scheduling: Readonly<Record<string, Case>> = {
  'each due time has one run, among all who have the schedule': async ({ store, open, unique }) => {
    const name = unique();
    const runs: ScheduleRun[] = [];
    const options = { name, everyMs: 200, overlap: true };
    await using one = createSchedule({ ...options, store }, (run) => void runs.push(run));
    const elsewhere = await open();
    await using two = createSchedule(
      { ...options, store: elsewhere },
      (run) => void runs.push(run),
    );
    await eventually(() => runs.length >= 5);
    await Promise.all([one.close(), two.close()]);
    runs.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
    for (const [at, run] of runs.entries()) {
      assert.equal(run.dueAt.getTime() % 200, 0);
      const before = runs[at - 1];
      if (!before) continue;
      // All due times are there, or counted.
      assert.equal(run.dueAt.getTime() - before.dueAt.getTime(), 200 * (run.missed + 1));
    }
  },

  'what is due once runs once, also after a restart': async ({ store, unique }) => {
    const name = unique();
    const at = new Date(Date.now() - 5_000);
    const runs: ScheduleRun[] = [];
    {
      await using once = createSchedule({ store, name, at }, (run) => void runs.push(run));
      await eventually(() => runs.length === 1);
      assert.equal(await once.next(), undefined);
      assert.deepEqual(await once.last(), at);
    }
    assert.deepEqual([runs[0]?.dueAt, runs[0]?.isManual, runs[0]?.missed], [at, false, 0]);
    await using again = createSchedule({ store, name, at }, (run) => void runs.push(run));
    await again.runNow();
    await eventually(() => runs.length === 2);
    assert.equal(runs[1]?.isManual, true);
  },

  'what is too late is left out where that was asked for': async ({ store, unique }) => {
    const name = unique();
    const at = new Date(Date.now() - HOUR_MS);
    const runs: ScheduleRun[] = [];
    await using late = createSchedule(
      { store, name, at, missed: 'skip' },
      (run) => void runs.push(run),
    );
    await eventually(async () => (await late.next()) === undefined);
    await late.runNow();
    await eventually(() => runs.length === 1);
    assert.equal(runs[0]?.isManual, true);
    assert.equal(await late.last(), undefined);
  },

  'a run that has failed for good is counted, and its error is there': async ({
    store,
    unique,
  }) => {
    const name = unique();
    const at = new Date(Date.now() - 5_000);
    const rules = { name, at, attempts: 2, backoff: { delayMs: 1 } };
    let runs = 0;
    await using schedule = createSchedule({ ...rules, store }, () => {
      throw new Error(`at attempt ${++runs}`);
    });
    const look = async () => (await listSchedules(store)).find((it) => it.name === name);
    await eventually(async () => (await look())?.failed === 1);
    const { lastFailure } = (await look()) ?? {};
    assert.deepEqual(
      [lastFailure?.dueAt, lastFailure?.isManual, lastFailure?.attempts],
      [at, false, 2],
    );
    assert.equal(lastFailure?.error?.message, 'at attempt 2');
    assert.ok(lastFailure.endedAt instanceof Date);
    await schedule.runNow();
    await eventually(async () => (await look())?.failed === 2);
    const next = (await look())?.lastFailure;
    assert.deepEqual([next?.isManual, next?.error?.message], [true, 'at attempt 4']);
  },

  'a schedule that is changed in the code is changed': async ({ store, unique }) => {
    const name = unique();
    const at = new Date(Date.now() + HOUR_MS);
    await using before = createSchedule({ store, name, at }, () => {});
    assert.deepEqual(await before.next(), at);
    const cron = '0 0 1 1 *';
    await using after = createSchedule({ store, name, cron, timeZone: 'UTC' }, () => {});
    const next = await after.next();
    assert.equal(next?.toISOString().slice(4), '-01-01T00:00:00.000Z');
    const [info] = (await listSchedules(store)).filter((it) => it.name === name);
    assert.deepEqual(
      [info?.cron, info?.timeZone, info?.everyMs, info?.at],
      [cron, 'UTC', undefined, undefined],
    );
    assert.deepEqual([info?.next, info?.isPaused, info?.isOrphaned], [next, false, false]);
    // A process with the old code goes on until it is replaced, and reports its schedule.
    const home = new QueueHome(resolveQueue({ store, name }, KIND));
    const { spec } = timesOf({ at });
    await home.run(declareSchedule, {
      spec,
      next: at.getTime(),
      isFirst: false,
      from: 0,
      attempts: 3,
    });
    assert.deepEqual(await after.next(), next);
    await before.close();
    await after.close();
    assert.equal(await removeSchedule(store, name), true);
    assert.equal(await removeSchedule(store, name), false);
  },

  'a due time that has run does not run again with another declaration': async ({
    store,
    unique,
  }) => {
    const name = unique();
    const { texts, base, run } = recordsOf(store, name);
    const last = Math.ceil(Date.now() / HOUR_MS + 1) * HOUR_MS;
    // As if a process whose clock is behind met one that has just begun a run.
    const begun = { next: last + 1_000, last, missed: 0, paused: 0, seen: Date.now() };
    await texts.set(base + RECORD, formatRecord({ ...begun, spec: '{"everyMs":1000}' }), 'never');
    const { spec } = timesOf({ everyMs: HOUR_MS });
    const refused = await run({ spec, next: last, isFirst: true, from: 0, attempts: 3 });
    assert.deepEqual([refused.record, refused.last], [undefined, last]);
    await using hourly = createSchedule({ store, name, everyMs: HOUR_MS }, () => {});
    assert.equal((await hourly.next())?.getTime(), last + HOUR_MS);
    await hourly.pause();
    await hourly.resume();
    assert.equal((await hourly.next())?.getTime(), last + HOUR_MS);
    await using once = createSchedule({ store, name, at: new Date(last) }, () => {});
    assert.equal(await once.next(), undefined);
  },

  'the declaration of a deploy that is gone gives way to one that is left': async ({
    store,
    unique,
  }) => {
    const name = unique();
    const { texts, base, run } = recordsOf(store, name);
    await using left = createSchedule({ store, name, everyMs: HOUR_MS }, () => {});
    const next = (await left.next())?.getTime() ?? 0;
    await using gone = createSchedule({ store, name, cron: '0 0 1 1 *' }, () => {});
    await gone.next();
    await gone.close();
    const { spec } = timesOf({ everyMs: HOUR_MS });
    const report = { spec, next: next + HOUR_MS, isFirst: false, from: 0, attempts: 3 };
    assert.notEqual((await run(report)).record?.spec, spec);
    const record = readRecord(await texts.get(base + RECORD));
    assert.ok(record);
    const old = formatRecord({ ...record, seen: record.seen - HOUR_MS });
    await texts.set(base + RECORD, old, 'never');
    assert.equal((await run(report)).record?.spec, spec);
    assert.equal((await left.next())?.getTime(), report.next);
  },

  'a schedule that no process has had for minutes is orphaned': async ({ store, unique }) => {
    const name = unique();
    const { texts, base } = new QueueHome(resolveQueue({ store, name }, KIND));
    const isOrphaned = async () =>
      (await listSchedules(store)).find((it) => it.name === name)?.isOrphaned;
    const schedule = createSchedule({ store, name, everyMs: HOUR_MS }, () => {});
    await schedule.next();
    await eventually(async () => (await isOrphaned()) === false);
    await schedule.close();
    const record = readRecord(await texts.get(base + RECORD));
    assert.ok(record);
    const old = formatRecord({ ...record, seen: record.seen - HOUR_MS });
    await texts.set(base + RECORD, old, 'never');
    assert.equal(await isOrphaned(), true);
    await using again = createSchedule({ store, name, everyMs: HOUR_MS }, () => {});
    await again.next();
    assert.equal(await isOrphaned(), false);
  },

  'nothing runs while it is paused, and nothing is made up for': async ({ store, unique }) => {
    const name = unique();
    const runs: ScheduleRun[] = [];
    await using often = createSchedule({ store, name, everyMs: 100 }, (run) => void runs.push(run));
    await eventually(() => runs.length > 0);
    await often.pause();
    assert.equal(await often.next(), undefined);
    const last = await often.last();
    await often.resume();
    await eventually(() => (runs.at(-1)?.dueAt.getTime() ?? 0) > (last?.getTime() ?? 0));
  },

  'a run that goes on keeps others from starting, and they count as missed': async ({
    store,
    unique,
  }) => {
    const { opened, open } = gate();
    const runs: ScheduleRun[] = [];
    await using often = createSchedule({ store, name: unique(), everyMs: 100 }, async (run) => {
      runs.push(run);
      if (runs.length === 1) await opened;
    });
    await eventually(() => runs.length === 1);
    const started = runs[0]?.dueAt.getTime() ?? 0;
    await eventually(async () => ((await often.next())?.getTime() ?? 0) >= started + 300);
    assert.equal(runs.length, 1);
    open();
    await eventually(() => runs.length >= 2);
    assert.ok((runs[1]?.missed ?? 0) >= 1);
    assert.equal((runs[1]?.dueAt.getTime() ?? 0) - started, 100 * ((runs[1]?.missed ?? 0) + 1));
  },

  'a run that fails is tried again': async ({ store, unique }) => {
    const attempts: number[] = [];
    const options = { store, name: unique(), at: new Date(), backoff: { delayMs: 0 } };
    await using once = createSchedule(options, ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 2) throw new Error('not yet');
    });
    await eventually(() => attempts.length === 2);
    assert.deepEqual(attempts, [1, 2]);
    await once.close();
  },
};
