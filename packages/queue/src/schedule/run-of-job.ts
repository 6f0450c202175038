// What the job of a run says of it.
import type { ScheduleRun } from '../schedule.js';

/** @param data what the clock or `runNow()` wrote; nothing of a job that cannot be read */
export function runOfJob(
  id: string,
  data: unknown,
): Pick<ScheduleRun, 'dueAt' | 'missed' | 'isManual'> {
  const [due = 0, missed = 0] = Array.isArray(data) ? (data as number[]) : [];
  return { dueAt: new Date(due), missed, isManual: id.startsWith('now-') };
}
