// Lists and removes the schedules of a store.
import { timeOfDay } from '@muster/codec/timers';
import type { SharedStore } from '@muster/store';
import { getAndDelete } from '@muster/store/procedures';
import { textsIn } from '../options/queue-options.js';
import { NAMES, removeName } from '../procedures/names.js';
import { baseOf, namesIn } from '../queue-home.js';
import type { ScheduleInfo } from '../schedule.js';
import { KIND, RECORD, readRecord } from './procedures.js';
import { ORPHANED_AFTER_MS, type ScheduleRecord } from './record.js';

/** Every schedule of the store, by its name. @throws InvalidOptionError, StoreError */
export async function listSchedules(store: SharedStore): Promise<ScheduleInfo[]> {
  const texts = textsIn(store, KIND);
  const names = await namesIn(texts);
  const records = await texts.getMany(names.map((name) => baseOf(name) + RECORD));
  return names.flatMap((name, at) => infoOf(name, records[at]) ?? []);
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
  await texts.run(removeName, [NAMES], baseOf(name));
  return wasThere !== undefined;
}

interface Spec {
  readonly cron?: string;
  readonly timeZone?: string;
  readonly everyMs?: number;
  readonly at?: number;
}

/** A record that cannot be read is left out: its processes write it anew. */
function infoOf(name: string, text: string | undefined): ScheduleInfo | undefined {
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
