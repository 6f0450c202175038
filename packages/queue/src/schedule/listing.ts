// Lists and removes the schedules of a store.
import { timeOfDay } from '@muster/codec/timers';
import type { SharedStore } from '@muster/store';
import { getAndDelete, type Texts } from '@muster/store/procedures';
import { listedJob } from '../jobs/job-info.js';
import { textsIn } from '../options/queue-options.js';
import { listJobs } from '../procedures/look.js';
import { lookAtQueue } from '../procedures/look-at-queue.js';
import { NAMES, removeName } from '../procedures/names.js';
import type { JobInfo } from '../queue.js';
import { baseOf, namesIn } from '../queue-home.js';
import type { FailedRun, ScheduleInfo } from '../schedule.js';
import { ATTEMPTS, KIND, RECORD, readRecord } from './procedures.js';
import { ORPHANED_AFTER_MS, type ScheduleRecord } from './record.js';
import { runOfJob } from './run-of-job.js';

/** Every schedule of the store, by its name. @throws InvalidOptionError, StoreError */
export async function listSchedules(store: SharedStore): Promise<ScheduleInfo[]> {
  const texts = textsIn(store, KIND);
  const names = await namesIn(texts);
  const records = await texts.getMany(names.map((name) => baseOf(name) + RECORD));
  const failures = await Promise.all(names.map((name) => failuresOf(texts, baseOf(name))));
  return names.flatMap((name, at) => {
    const info = infoOf(name, records[at]);
    return info ? [{ ...info, ...(failures[at] ?? NONE) }] : [];
  });
}

/**
 * Removes a schedule that is gone from the code. If a process still has it, it comes back within a minute. Resolves with whether
 * there was one.
 *
 * @throws InvalidOptionError, StoreError
 */
export async function removeSchedule(store: SharedStore, name: string): Promise<boolean> {
  const texts = textsIn(store, KIND);
  const wasThere = await texts.run(getAndDelete, [baseOf(name) + RECORD], undefined);
  await texts.run(getAndDelete, [baseOf(name) + ATTEMPTS], undefined);
  await texts.run(removeName, [NAMES], baseOf(name));
  return wasThere !== undefined;
}

type Failures = Pick<ScheduleInfo, 'failed' | 'lastFailure'>;

const NONE: Failures = { failed: 0, lastFailure: undefined };

async function failuresOf(texts: Texts, base: string): Promise<Failures> {
  const { meta } = await texts.run(lookAtQueue, [base], undefined);
  if (meta.f === 0) return NONE;
  const page = { state: 'f', start: meta.f - 1, limit: 1 } as const;
  const [job] = await texts.run(listJobs, [base], page);
  return { failed: meta.f, lastFailure: job && failedRun(listedJob(job)) };
}

function failedRun({ id, data, attempts, endedAt, error }: JobInfo<unknown>): FailedRun {
  const { dueAt, isManual } = runOfJob(id, data);
  return { dueAt, isManual, attempts, endedAt, error };
}

interface Spec {
  readonly cron?: string;
  readonly timeZone?: string;
  readonly everyMs?: number;
  readonly at?: number;
}

/** A record that cannot be read is left out: its processes write it anew. */
function infoOf(
  name: string,
  text: string | undefined,
): Omit<ScheduleInfo, keyof Failures> | undefined {
  let record: ScheduleRecord | undefined;
  let spec: Spec;
  try {
    record = readRecord(text);
    spec = JSON.parse(record?.spec ?? 'null') ?? {};
  } catch {
    return undefined;
  }
  if (!record) return undefined;
  const { cron, timeZone, everyMs, at } = spec;
  return {
    ...{ name, cron, timeZone, everyMs, at: dateOf(at ?? 0) },
    next: record.paused === 1 ? undefined : dateOf(record.next),
    last: dateOf(record.last),
    isPaused: record.paused === 1,
    isOrphaned: timeOfDay() - record.seen > ORPHANED_AFTER_MS,
  };
}

/** 0 is none. */
function dateOf(time: number): Date | undefined {
  return time > 0 ? new Date(time) : undefined;
}
