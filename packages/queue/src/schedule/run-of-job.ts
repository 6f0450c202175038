// What the job of a run says of it.
import { nanoid } from 'nanoid';
import type { RunTimes } from '../schedule.js';

const MANUAL = 'now-';

export function manualId(): string {
  return MANUAL + nanoid();
}

/** @param data what the clock or `runNow()` wrote; nothing of a job that cannot be read */
export function runOfJob(id: string, data: unknown): RunTimes {
  const [due = 0, missed = 0] = Array.isArray(data) ? (data as number[]) : [];
  return { dueAt: new Date(due), missed, isManual: id.startsWith(MANUAL) };
}
