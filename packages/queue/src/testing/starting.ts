// Runs that are started by the name of their schedule, by a process that does not have it.
import assert from 'node:assert/strict';
import { resolveQueue } from '../options/queue-options.js';
import { QueueHome } from '../queue-home.js';
import { KIND, RECORD, readRecord } from '../schedule/procedures.js';
import { formatRecord } from '../schedule/record.js';
import { runSchedule } from '../schedule/run-schedule.js';
import { scheduleRuns } from '../schedule/runs.js';
import { createSchedule } from '../schedule/shared-schedule.js';
import type { ScheduleRun } from '../schedule.js';
import { type Case, eventually, gate, refuses } from './case.js';

const HOUR_MS = 3_600_000;

export const starting: Readonly<Record<string, Case>> = {
  'a run starts now by its name, and none beside one that waits': async ({ store, unique }) => {
    const name = unique();
    assert.deepEqual(await runSchedule(store, name), { outcome: 'unknown', id: undefined });
    const { texts, base } = new QueueHome(resolveQueue({ store, name }, KIND));
    const begun = gate();
    const end = gate();
    const runs: ScheduleRun[] = [];
    await using schedule = createSchedule(
      { store, name, cron: '0 0 1 1 *', attempts: 1 },
      async (run) => {
        runs.push(run);
        begun.open();
        await end.opened;
        throw new Error('no disk');
      },
    );
    await schedule.pause();
    const first = await runSchedule(store, name);
    assert.equal(first.outcome, 'added');
    await begun.opened;
    // This one waits for the end of the first, and takes the place of the third.
    const second = await runSchedule(store, name);
    assert.deepEqual([second.outcome, second.id === first.id], ['added', false]);
    assert.deepEqual(await runSchedule(store, name), { outcome: 'waiting', id: second.id });
    await using all = scheduleRuns(store, name);
    assert.deepEqual(
      (await all.waiting()).map(({ id }) => id),
      [second.id],
    );
    end.open();
    await refuses(all.wait(second.id ?? ''), 'MUSTER_JOB_FAILED');
    // Its attempts are those of the schedule.
    assert.deepEqual(
      runs.map((run) => [run.isManual, run.missed, run.maxAttempts]),
      [1, 2].map(() => [true, 0, 1]),
    );
    const failed = await all.failed();
    assert.deepEqual(
      failed.map(({ id, error, data }) => [id, error?.message, data]),
      [first, second].map(({ id }, at) => {
        return [id, 'no disk', { dueAt: runs[at]?.dueAt, missed: 0, isManual: true }];
      }),
    );
    assert.deepEqual(await all.get(first.id ?? ''), failed[0]);
    await schedule.close();
    const record = readRecord(await texts.get(base + RECORD));
    assert.ok(record);
    await texts.set(base + RECORD, formatRecord({ ...record, seen: 1 }), 'never');
    assert.deepEqual(await runSchedule(store, name), { outcome: 'orphaned', id: undefined });
    assert.equal((await all.counts()).waiting, 0);
  },

  'a run that waits for its next attempt starts now': async ({ store, unique }) => {
    const name = unique();
    const attempts: number[] = [];
    await using schedule = createSchedule(
      {
        store,
        name,
        cron: '0 0 1 1 *',
        attempts: 2,
        backoff: { delayMs: HOUR_MS, maxMs: HOUR_MS },
      },
      ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) throw new Error('no disk');
      },
    );
    await schedule.runNow();
    await using all = scheduleRuns(store, name);
    await eventually(async () => (await all.counts()).delayed === 1);
    const { outcome, id } = await runSchedule(store, name);
    assert.equal(outcome, 'waiting');
    await all.wait(id ?? '');
    assert.deepEqual(attempts, [1, 2]);
    assert.equal((await all.counts()).done, 1);
  },
};
