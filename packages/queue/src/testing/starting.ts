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
import { queueIn } from '../shared-queue.js';
import { type Case, eventually, gate, refuses } from './case.js';

const HOUR_MS = 3_600_000;
/** No test sees its end. */
const MONTH_MS = 30 * 24 * HOUR_MS;

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

  'a due time that nobody has handled is what runs, and it runs once': async ({
    store,
    unique,
  }) => {
    for (const before of [1, 3]) {
      const name = unique();
      const { texts, base } = new QueueHome(resolveQueue({ store, name }, KIND));
      const options = { store, name, everyMs: MONTH_MS };
      const earlier = createSchedule(options, () => {});
      const next = (await earlier.next())?.getTime() ?? 0;
      await earlier.close();
      // As if nobody had it at the last due times.
      const due = next - before * MONTH_MS;
      const record = readRecord(await texts.get(base + RECORD));
      assert.ok(record);
      const missed = { ...record, next: due, last: due - MONTH_MS, missed: 0 };
      await texts.set(base + RECORD, formatRecord(missed), 'never');
      assert.deepEqual(await runSchedule(store, name), { outcome: 'added', id: String(due) });
      assert.deepEqual(await runSchedule(store, name), { outcome: 'waiting', id: String(due) });
      const done: unknown[] = [];
      const worker = queueIn<unknown>(KIND, { store, name });
      worker.work(({ data }) => void done.push(data));
      await worker.wait(String(due));
      await worker.close();
      assert.deepEqual(done, [[due, 0]]);
      // It is over when a process with the schedule comes to that due time.
      const runs: (readonly [number, number, boolean])[] = [];
      await using schedule = createSchedule(options, (run) => {
        runs.push([run.dueAt.getTime(), run.missed, run.isManual]);
      });
      await using all = scheduleRuns(store, name);
      const last = next - MONTH_MS;
      await eventually(async () => (await schedule.next())?.getTime() === next);
      // Of three due times, the last one has its run, too: it misses the one between them.
      if (before === 3) await all.wait(String(last));
      const { waiting, delayed, running } = await all.counts();
      assert.deepEqual([waiting, delayed, running], [0, 0, 0]);
      await schedule.close();
      assert.deepEqual(runs, before === 1 ? [] : [[last, 1, false]]);
    }
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

  'runNow() adds a run also if one waits, and runSchedule() does not': async ({
    store,
    unique,
  }) => {
    const name = unique();
    let end = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    await using schedule = createSchedule({ store, name, cron: '0 0 1 1 *' }, () => held);
    await using all = scheduleRuns(store, name);
    await schedule.runNow();
    await eventually(async () => (await all.counts()).running === 1);
    await schedule.runNow();
    await schedule.runNow();
    assert.equal((await all.counts()).waiting, 2);
    assert.equal((await runSchedule(store, name)).outcome, 'waiting');
    assert.equal((await all.counts()).waiting, 2);
    end();
    await eventually(async () => (await all.counts()).done === 3);
  },
};
